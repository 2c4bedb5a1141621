#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/file_descriptor.hpp>

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace unroll::inline v0::detail {

FileDescriptor::~FileDescriptor() { close(); }

int FileDescriptor::close() {
  if (number_ < 0) return 0;
  // Not repeated after EINTR: Linux has released the number by then, and another thread may have got it.
  const bool failed = ::close(std::exchange(number_, -1)) != 0;
  return failed && errno != EINTR ? errno : 0;
}

Lock try_lock(const FileDescriptor& file) {
  if (::flock(file.number(), LOCK_EX | LOCK_NB) == 0) return Lock::taken;
  return errno == EWOULDBLOCK ? Lock::held_by_another : Lock::none_here;
}

std::string_view kind_of_file(mode_t mode) {
  if (S_ISREG(mode)) return "a regular file";
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  if (S_ISSOCK(mode)) return "a socket";
  return "of an unknown kind";
}

void refuse(std::string_view verb, const std::filesystem::path& path, std::string_view reason) {
  throw IoError(fmt::format("cannot {} {}: {}", verb, quoted(path), reason));
}

void refuse(std::string_view verb, const std::filesystem::path& path, int error_number) {
  refuse(verb, path, std::generic_category().message(error_number));
}

}  // namespace unroll::inline v0::detail
