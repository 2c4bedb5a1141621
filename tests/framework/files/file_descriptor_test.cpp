#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/file_descriptor.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

using namespace unroll;
using detail::FileDescriptor, detail::Lock, detail::try_lock;

namespace {
bool is_open(int number) { return ::fcntl(number, F_GETFD) != -1; }
}  // namespace

TEST_CASE("a descriptor is closed at the end of its scope, once, by its last owner") {
  int number = -1;
  {
    FileDescriptor first(::open("/dev/null", O_RDONLY));
    REQUIRE(first);
    number = first.number();
    FileDescriptor second(std::move(first));
    CHECK(second.number() == number);
    CHECK(is_open(number));
    FileDescriptor third(-1);
    CHECK_FALSE(third);
    third = std::move(second);
    CHECK(third.number() == number);
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
}

TEST_CASE("closing a descriptor tells what the system says, and a second time does nothing") {
  FileDescriptor descriptor(::open("/dev/null", O_RDONLY));
  CHECK(descriptor.close() == 0);
  CHECK_FALSE(descriptor);
  CHECK(descriptor.close() == 0);
  FileDescriptor never_open(1'000'000);
  CHECK(never_open.close() == EBADF);
}

TEST_CASE("a lock is taken, held by another, or not to be had") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  const auto open = [&] { return FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)); };
  const FileDescriptor first = open(), second = open();
  CHECK(try_lock(first) == Lock::taken);
  CHECK(try_lock(first) == Lock::taken);
  CHECK(try_lock(second) == Lock::held_by_another);
  // No file is opened by this: it stands for a file system without locks.
  CHECK(try_lock(FileDescriptor(::open(path.c_str(), O_PATH | O_CLOEXEC))) == Lock::none_here);
}

TEST_CASE("kinds of files have names") {
  CHECK(detail::kind_of_file(S_IFREG) == "a regular file");
  CHECK(detail::kind_of_file(S_IFDIR | 0755) == "a directory");
  CHECK(detail::kind_of_file(S_IFIFO) == "a named pipe");
  CHECK(detail::kind_of_file(S_IFCHR) == "a device");
  CHECK(detail::kind_of_file(S_IFBLK) == "a device");
  CHECK(detail::kind_of_file(S_IFSOCK) == "a socket");
  CHECK(detail::kind_of_file(0) == "of an unknown kind");
}

TEST_CASE("a refusal names what was tried, the path made harmless, and the reason") {
  CHECK(message_of<IoError>([] { detail::refuse("read", "a\x1b", ENOENT); })
        == R"(cannot read "a\x1b": No such file or directory)");
  CHECK(message_of<IoError>([] { detail::refuse("write", "b", "it is a directory"); })
        == R"(cannot write "b": it is a directory)");
}
