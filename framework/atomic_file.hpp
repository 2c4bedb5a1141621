#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace unroll::inline v0 {

/// Writes a file so that at every moment, through crash and power loss, its name means either the whole old content
/// or the whole new one: a temporary file beside it is written, made durable and renamed over it, and the rename is
/// made durable. On failure the old file is unchanged and the temporary one removed.
///
/// `pieces` are written one after the other. An old file hands on its permissions; a symbolic link stays one, and the
/// file that it names is written. Throws IoError with the path and the system's reason.
void write_atomically(const std::filesystem::path& path, std::span<const std::span<const std::byte>> pieces);
void write_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes);

/// Throws the IoError that write_atomically(path, ...) would throw now: the directory is missing or cannot be written,
/// the path names a directory or a device, or a file that is read-only. To be asked before hours of work are spent
/// on what is to be written. Leaves nothing behind and changes nothing.
void expect_writable(const std::filesystem::path& path);
/// The same of a file of so many bytes: the file system, a quota or a limit of this process (`ulimit -f`) has no room
/// for them beside the old file, which stays until the new one is whole.
void expect_writable(const std::filesystem::path& path, std::uint64_t bytes);

}  // namespace unroll::inline v0
