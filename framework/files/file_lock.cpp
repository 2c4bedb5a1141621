#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/file_lock.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace unroll::inline v0 {

namespace {

/// Whether the path still names the open file: its former owner may have removed it between our open and our lock.
bool is_at(const std::filesystem::path& path, const detail::FileDescriptor& file) {
  struct stat there {
  }, ours{};
  return ::stat(path.c_str(), &there) == 0 && ::fstat(file.number(), &ours) == 0 && there.st_ino == ours.st_ino
         && there.st_dev == ours.st_dev;
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& path) : lock_path_(path) {
  lock_path_ += ".lock";
  while (true) {
    detail::FileDescriptor file(::open(lock_path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (!file) detail::refuse("lock", path, errno);
    if (detail::try_lock(file) == detail::Lock::held_by_another)
      detail::refuse("lock", path, fmt::format("another training writes it (it holds {})", quoted(lock_path_)));
    if (!is_at(lock_path_, file)) continue;
    file_ = std::move(file);
    return;
  }
}

FileLock::~FileLock() {
  // Removed while it is still locked, so that no other process can have it by then.
  if (file_) ::unlink(lock_path_.c_str());
}

}  // namespace unroll::inline v0
