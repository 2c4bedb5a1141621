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

/// "a directory", "a named pipe", ...: the kind of file that st_mode names.
std::string_view kind_of_file(mode_t mode);

/// Throws IoError: `cannot <verb> "path": <reason>`.
[[noreturn]] void refuse(std::string_view verb, const std::filesystem::path& path, std::string_view reason);
/// The same; the reason is an error number of the operating system.
[[noreturn]] void refuse(std::string_view verb, const std::filesystem::path& path, int error_number);

}  // namespace unroll::inline v0::detail
