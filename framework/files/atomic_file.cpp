#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/atomic_file.hpp>
#include <unroll/framework/files/file_descriptor.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace unroll::inline v0 {

namespace {

namespace fs = std::filesystem;
using detail::FileDescriptor;
using detail::refuse;

/// The file to be written, and the permissions of the old file of that name.
struct Target {
  fs::path path;
  std::optional<mode_t> permissions;

  fs::path directory() const { return path.has_parent_path() ? path.parent_path() : fs::path("."); }
};

fs::path without_links(const fs::path& path) {
  std::error_code error;
  if (!fs::is_symlink(path, error)) return path;
  const fs::path resolved = fs::canonical(path, error);
  if (error) refuse("write", path, fmt::format("the symbolic link leads nowhere: {}", error.message()));
  return resolved;
}

void expect_directory(const fs::path& path, const fs::path& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) {
    const int error = errno;
    if (error != ENOENT) refuse("write", path, error);
    refuse("write", path, fmt::format("there is no directory {}; create it first", quoted(directory)));
  }
  if (!S_ISDIR(status.st_mode))
    refuse("write", path,
           fmt::format("{} is {}, expected a directory", quoted(directory), detail::kind_of_file(status.st_mode)));
}

/// Makes the checks that need no writing. A rename would replace a device, or a file whose owner has made it read-only,
/// without an error: this refuses both.
Target expect_target(const fs::path& path) {
  if (!path.has_filename()) refuse("write", path, "the path names no file");
  Target target{without_links(path), std::nullopt};
  expect_directory(path, target.directory());
  struct stat status {};
  if (::stat(target.path.c_str(), &status) != 0) {
    if (errno != ENOENT) refuse("write", path, errno);
    return target;
  }
  if (!S_ISREG(status.st_mode))
    refuse("write", path, fmt::format("it is {}, expected a regular file", detail::kind_of_file(status.st_mode)));
  if (::access(target.path.c_str(), W_OK) != 0) refuse("write", path, errno);
  target.permissions = status.st_mode & mode_t{07777};
  return target;
}

constexpr std::string_view temporary_prefix = ".unroll-", temporary_suffix = ".tmp";

/// Removes a temporary file unless a living process holds its lock, or the lock cannot be tried.
void remove_if_abandoned(const fs::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  if (detail::try_lock(file) == detail::Lock::taken) ::unlink(path.c_str());
}

/// Removes temporary files that killed processes have left in a directory. A failure here does not stop the save.
void remove_abandoned_files(const fs::path& directory) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().native();
    if (name.starts_with(temporary_prefix) && name.ends_with(temporary_suffix)) remove_if_abandoned(entry->path());
  }
}

/// A new file in the directory of the target, so that a rename stays within one file system. The destructor removes it
/// unless it has been renamed to the target.
class TemporaryFile {
 public:
  explicit TemporaryFile(const Target& target);
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!renamed_) ::unlink(path_.c_str());
  }

  void expect_room(std::uint64_t bytes) const;
  void write(std::span<const std::byte> bytes);
  void make_durable();
  void take_place_of_target();

 private:
  static bool is_ours(const FileDescriptor& made);
  void expect(bool success) const {
    if (!success) refuse("write", target_.path, errno);
  }

  Target target_;
  fs::path path_;
  FileDescriptor descriptor_{-1};
  FileDescriptor lock_{-1};  // the same open file: its lock outlives the close whose error is checked
  bool renamed_ = false;
};

// O_EXCL decides which process owns a name, also among machines and containers with a common directory; there two
// processes can have the same number, so the name has a random number too. The lock says that the owner lives. Between
// the two calls another process may remove files: then it has the lock, or the file has no name any more, and this one
// makes another file.
TemporaryFile::TemporaryFile(const Target& target) : target_(target) {
  remove_abandoned_files(target.directory());
  constexpr int attempts = 100;
  std::random_device random;
  for (int attempt = 0; !descriptor_ && attempt < attempts; ++attempt) {
    path_ = target.directory() / fmt::format("{}{}-{:08x}{}", temporary_prefix, ::getpid(), random(), temporary_suffix);
    FileDescriptor made(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!made && errno != EEXIST) break;
    if (made && is_ours(made)) descriptor_ = std::move(made);
  }
  if (!descriptor_) {
    const int error = errno;
    refuse("write", target_.path,
           fmt::format("no file can be made in its directory: {}", std::generic_category().message(error)));
  }
}

// On a file system without locks the file is ours: no process can lock it there, and so none removes it.
bool TemporaryFile::is_ours(const FileDescriptor& made) {
  if (detail::try_lock(made) == detail::Lock::held_by_another) return false;
  struct stat status {};
  return ::fstat(made.number(), &status) == 0 && status.st_nlink > 0;
}

// Compares with the limit of the process, since a write beyond that raises a signal and gives no error. A file system
// that does not count its blocks reports a capacity of 0. Only an attempt to allocate the room shows a quota; on a file
// system that cannot allocate without writing, a quota shows when the file is written.
void TemporaryFile::expect_room(std::uint64_t bytes) const {
  const auto fail = [&](std::uint64_t available, std::string_view of_what, int error) {
    refuse("write", target_.path,
           fmt::format("it takes {}, and {} has room for {}: {}", counted(bytes, "byte"), of_what, available,
                       std::generic_category().message(error)));
  };
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && bytes > limit.rlim_cur)
    fail(limit.rlim_cur, "a file under the limit of this process (ulimit -f)", EFBIG);
  std::error_code unknown;
  const fs::space_info space = fs::space(target_.directory(), unknown);
  if (!unknown && space.capacity > 0 && bytes > space.available) fail(space.available, "its file system", ENOSPC);
  if (bytes == 0 || ::fallocate(descriptor_.number(), 0, 0, static_cast<off_t>(bytes)) == 0) return;
  if (const int error = errno; error == EDQUOT || error == ENOSPC || error == EFBIG)
    refuse("write", target_.path,
           fmt::format("it takes {}: {}", counted(bytes, "byte"), std::generic_category().message(error)));
}

void TemporaryFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_.number(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    expect(count >= 0);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

// Without this a power loss may leave the new name on an empty file: the rename can reach the disk before the data.
void TemporaryFile::make_durable() {
  if (target_.permissions) expect(::fchmod(descriptor_.number(), *target_.permissions) == 0);
  expect(::fsync(descriptor_.number()) == 0);
  lock_ = FileDescriptor(::fcntl(descriptor_.number(), F_DUPFD_CLOEXEC, 0));
  expect(static_cast<bool>(lock_));
  if (const int error = descriptor_.close(); error != 0) refuse("write", target_.path, error);
}

void TemporaryFile::take_place_of_target() {
  expect(::rename(path_.c_str(), target_.path.c_str()) == 0);
  renamed_ = true;
  // The name is durable when its directory is. Some file systems cannot synchronize one and say EINVAL.
  const FileDescriptor directory(::open(target_.directory().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory && (::fsync(directory.number()) == 0 || errno == EINVAL)) return;
  const int error = errno;
  refuse("secure", target_.path,
         fmt::format("it is written, but a power loss may undo that: its directory cannot be synchronized: {}",
                     std::generic_category().message(error)));
}

}  // namespace

void write_atomically(const fs::path& path, std::span<const std::span<const std::byte>> pieces) {
  TemporaryFile file(expect_target(path));
  for (const auto piece : pieces) file.write(piece);
  file.make_durable();
  file.take_place_of_target();
}

void write_atomically(const fs::path& path, std::span<const std::byte> bytes) {
  write_atomically(path, std::span<const std::span<const std::byte>>(&bytes, 1));
}

void expect_writable(const fs::path& path) { expect_writable(path, 0); }

void expect_writable(const fs::path& path, std::uint64_t bytes) {
  const TemporaryFile probe(expect_target(path));
  probe.expect_room(bytes);
}

}  // namespace unroll::inline v0
