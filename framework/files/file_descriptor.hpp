#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace unroll::inline v0::detail {

/// A file descriptor of the operating system, closed at the end of its scope.
class FileDescriptor {
 public:
  /// Takes over what open() returned; negative means none.
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~FileDescriptor();

  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  /// Closes now; returns 0 or the error number. Some file systems report a failed write only here.
  int close();

 private:
  int number_;
};

/// What came of trying to lock a file.
enum class Lock {
  taken,            ///< It is ours.
  held_by_another,  ///< Another open file, of this process or another, has it.
  none_here         ///< It cannot be locked: some file systems, such as some on a network, have no locks.
};

/// Tries to lock an open file until it is closed, and does not wait: flock() of the operating system.
Lock try_lock(const FileDescriptor& file);

/// "a directory", "a named pipe", ...: the kind of file that st_mode names.
std::string_view kind_of_file(mode_t mode);

/// Throws IoError: `cannot <verb> "path": <reason>`.
[[noreturn]] void refuse(std::string_view verb, const std::filesystem::path& path, std::string_view reason);
/// The same; the reason is an error number of the operating system.
[[noreturn]] void refuse(std::string_view verb, const std::filesystem::path& path, int error_number);

}  // namespace unroll::inline v0::detail
