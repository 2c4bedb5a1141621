#pragma once

#include <unroll/framework/descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>

namespace unroll::inline v0 {

/// A regular file, open for reading. Nothing is mapped into memory: a file that is cut short meanwhile gives an error,
/// not a signal. Every failure is an IoError that names the path and the system's reason.
class InputFile {
 public:
  /// Throws IoError when the file is missing or unreadable, and for what is no regular file (a directory, a named
  /// pipe, a device), by kind.
  explicit InputFile(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  /// Bytes, at the time of opening.
  std::uint64_t size() const { return size_; }
  /// Fills `bytes` from `offset`; throws IoError when the file ends before.
  void read(std::uint64_t offset, std::span<std::byte> bytes) const;

 private:
  std::filesystem::path path_;
  detail::Descriptor descriptor_;
  std::uint64_t size_ = 0;
};

/// The whole content of a regular file. Throws IoError like InputFile, and when it has more than `max_bytes`, before
/// any memory is taken.
std::string read_file(const std::filesystem::path& path,
                      std::uint64_t max_bytes = std::numeric_limits<std::uint64_t>::max());

}  // namespace unroll::inline v0
