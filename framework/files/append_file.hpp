#pragma once

#include <unroll/framework/files/file_descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace unroll::inline v0 {

/// Whether a file may be there before it is opened.
enum class Opening {
  old_or_new,  ///< It is made if it is missing.
  only_new     ///< It must be missing.
};

/// A regular file that grows at its end, such as a log. Pieces wait in a buffer that is taken once, so that `append`
/// touches the heap no more. While it is open no other AppendFile opens the same file, in this process or another,
/// unless the file system has no locks.
///
/// Every IoError names the path and the system's reason. What a failed write has not written stays in the buffer: the
/// next `flush` goes on where it ended, and no piece is written twice.
class AppendFile {
 public:
  /// Opens the file. Throws IoError when its directory is missing, when it cannot be written or is no regular file, and
  /// when another AppendFile has it.
  explicit AppendFile(std::filesystem::path path, Opening opening = Opening::old_or_new);
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  /// Writes what the buffer holds; an error is lost here, so `flush` first.
  ~AppendFile();

  const std::filesystem::path& path() const { return path_; }  ///< As given.
  /// Adds a piece to the buffer, which is written before when it has no room for it. Throws IoError, and then has not
  /// taken the piece, unless the piece is larger than the whole buffer of 64 KiB.
  void append(std::string_view piece);
  /// Writes what the buffer holds. Throws IoError.
  void flush();
  /// Keeps at most the first `bytes` of the file, and drops the others and the buffer. Throws IoError.
  void cut(std::uint64_t bytes);

 private:
  std::filesystem::path path_;
  detail::FileDescriptor descriptor_;
  std::string buffer_;
};

}  // namespace unroll::inline v0
