#pragma once

#include <unroll/framework/files/file_descriptor.hpp>

#include <time.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace unroll::inline v0 {

/// A regular file, open for reading. It is not mapped into memory, so that a file which another process cuts short
/// gives an error, not a signal. Every IoError names the path and the system's reason.
class InputFile {
 public:
  /// Opens it. Throws IoError when the file is missing or unreadable, or no regular file (a directory, a named pipe, a
  /// device); the message names the kind.
  explicit InputFile(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }  ///< As given.
  std::uint64_t size() const { return size_; }                 ///< Bytes, at the time of opening.
  /// Fills `bytes` with the content from `offset` on; throws IoError when the file ends before.
  void read(std::uint64_t offset, std::span<std::byte> bytes) const;
  /// Throws IoError when the file has another length, or has been written to, since it was opened. Call it after a read
  /// whose bytes must be of one version of the file.
  void expect_unchanged() const;

 private:
  std::filesystem::path path_;
  detail::FileDescriptor descriptor_;
  std::uint64_t size_ = 0;
  timespec modified_{};
};

/// The whole content of a regular file. Throws IoError as InputFile does, and before it takes memory when the file has
/// more than `max_bytes`.
std::string read_file(const std::filesystem::path& path,
                      std::uint64_t max_bytes = std::numeric_limits<std::uint64_t>::max());

/// All that a descriptor gives until its end, such as standard input (0); messages call it by the name. Throws IoError
/// with the system's reason, and for more than `max_bytes`.
std::string read_stream(int descriptor, std::string_view name, std::uint64_t max_bytes);

}  // namespace unroll::inline v0
