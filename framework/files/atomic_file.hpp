#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace unroll::inline v0 {

/// Writes a file so that its name always means either the whole old content or the whole new one, through crashes and
/// power loss: it writes a temporary file beside the old one, makes it durable, renames it over the old one, and makes
/// the rename durable. On failure the old file is unchanged and the temporary one is removed.
///
/// The file consists of the `pieces`, one after the other. It gets the permissions of the old file. A symbolic link
/// stays one, and the file that it names is written. Throws IoError with the path and the system's reason.
void write_atomically(const std::filesystem::path& path, std::span<const std::span<const std::byte>> pieces);
/// The same for one piece.
void write_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes);

/// Throws the IoError that write_atomically(path, ...) would throw now: the directory is missing or cannot be written,
/// or the path names a directory, a device, or a file that is read-only. Call it before hours of work that end in the
/// file. It changes nothing and leaves nothing behind.
void expect_writable(const std::filesystem::path& path);
/// The same for a file of so many bytes. Throws IoError, too, when the file system, a quota or a limit of this process
/// (`ulimit -f`) has no room for them beside the old file, which stays until the new one is whole.
void expect_writable(const std::filesystem::path& path, std::uint64_t bytes);

}  // namespace unroll::inline v0
