#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/input_file.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace unroll::inline v0 {

static_assert(sizeof(off_t) == 8, "files beyond 2 GB need 64-bit offsets: compile with -D_FILE_OFFSET_BITS=64");

// Without O_NONBLOCK, opening a named pipe would wait for a writer; without O_NOCTTY, a terminal could become the
// process's own. Neither flag changes how a regular file is read.
InputFile::InputFile(std::filesystem::path path)
    : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
  struct stat status {};
  if (!descriptor_ || ::fstat(descriptor_.number(), &status) != 0) detail::refuse("read", path_, errno);
  if (!S_ISREG(status.st_mode))
    detail::refuse("read", path_,
                   fmt::format("it is {}, expected a regular file", detail::kind_of_file(status.st_mode)));
  size_ = static_cast<std::uint64_t>(status.st_size);
  modified_ = status.st_mtim;
}

void InputFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::pread(descriptor_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) detail::refuse("read", path_, errno);
    if (count == 0)
      detail::refuse("read", path_,
                     fmt::format("it ends at byte {}, {} too early (was it changed while it was read?)", offset,
                                 counted(bytes.size(), "byte")));
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void InputFile::expect_unchanged() const {
  struct stat status {};
  if (::fstat(descriptor_.number(), &status) != 0) detail::refuse("read", path_, errno);
  if (static_cast<std::uint64_t>(status.st_size) != size_)
    detail::refuse("read", path_,
                   fmt::format("it had {} when it was opened, and has {} now: it was changed while it was read",
                               counted(size_, "byte"), status.st_size));
  if (status.st_mtim.tv_sec != modified_.tv_sec || status.st_mtim.tv_nsec != modified_.tv_nsec)
    detail::refuse("read", path_, "it was written to while it was read");
}

std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const InputFile file(path);
  if (file.size() > max_bytes)
    detail::refuse("read", path,
                   fmt::format("it has {}, expected at most {}", counted(file.size(), "byte"), max_bytes));
  std::string content(file.size(), '\0');
  file.read(0, std::as_writable_bytes(std::span(content)));
  return content;
}

std::string read_stream(int descriptor, std::string_view name, std::uint64_t max_bytes) {
  constexpr std::size_t piece = std::size_t{1} << 20;
  std::string content;
  while (content.size() <= max_bytes) {
    const std::size_t before = content.size();
    content.resize(before + piece);
    const ssize_t got = ::read(descriptor, content.data() + before, piece);
    const int reason = errno;
    content.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return content;
    if (got < 0 && reason != EINTR)
      throw IoError(fmt::format("cannot read {}: {}", name, std::generic_category().message(reason)));
  }
  throw IoError(fmt::format("cannot read {}: more than {} bytes, which is the limit", name, max_bytes));
}

}  // namespace unroll::inline v0
