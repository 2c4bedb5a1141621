#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/append_file.hpp>
#include <unroll/framework/files/atomic_file.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace unroll::inline v0 {

namespace {

constexpr std::size_t buffer_size = 1U << 16U;

// Without O_NONBLOCK, opening a named pipe would wait for a reader.
detail::FileDescriptor open_to_append(const std::filesystem::path& path, Opening opening) {
  const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  detail::FileDescriptor file(::open(path.c_str(), opening == Opening::only_new ? flags | O_EXCL : flags, 0666));
  if (file) return file;
  const int error = errno;
  if (error == ENOENT || error == EISDIR || error == ENXIO) expect_writable(path);  // it says more than the system
  detail::refuse("write", path, error);
}

}  // namespace

AppendFile::AppendFile(std::filesystem::path path, Opening opening)
    : path_(std::move(path)), descriptor_(open_to_append(path_, opening)) {
  struct stat status {};
  if (::fstat(descriptor_.number(), &status) != 0) detail::refuse("write", path_, errno);
  if (!S_ISREG(status.st_mode))
    detail::refuse("write", path_,
                   fmt::format("it is {}, expected a regular file", detail::kind_of_file(status.st_mode)));
  if (detail::try_lock(descriptor_) == detail::Lock::held_by_another)
    detail::refuse("write", path_, "it is open for writing already (does another training write the same file?)");
  buffer_.reserve(buffer_size);
}

AppendFile::~AppendFile() {
  try {
    if (descriptor_) flush();
  } catch (const IoError&) {  // a destructor has nobody to tell
  }
}

void AppendFile::append(std::string_view piece) {
  if (buffer_.size() + piece.size() > buffer_size) flush();
  buffer_ += piece;
  if (buffer_.size() > buffer_size) flush();
}

void AppendFile::flush() {
  std::size_t written = 0;
  int error = 0;
  while (written < buffer_.size() && error == 0) {
    const ssize_t count = ::write(descriptor_.number(), buffer_.data() + written, buffer_.size() - written);
    if (count >= 0)
      written += static_cast<std::size_t>(count);
    else if (errno != EINTR)
      error = errno;
  }
  buffer_.erase(0, written);
  if (error != 0) detail::refuse("write", path_, error);
}

void AppendFile::cut(std::uint64_t bytes) {
  buffer_.clear();
  struct stat status {};
  if (::fstat(descriptor_.number(), &status) != 0) detail::refuse("cut", path_, errno);
  if (bytes >= static_cast<std::uint64_t>(status.st_size)) return;  // ftruncate would fill it up with zeros
  if (::ftruncate(descriptor_.number(), static_cast<off_t>(bytes)) != 0) detail::refuse("cut", path_, errno);
}

}  // namespace unroll::inline v0
