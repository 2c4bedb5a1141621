#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/append_file.hpp>
#include <unroll/framework/files/atomic_file.hpp>
#include <unroll/framework/files/file_lock.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <optional>

using namespace unroll;
using Catch::Contains;

namespace {
bool without_locks = false;  // for the file system of this test
}  // namespace

// Stands for that of the system, so that a test has a file system without locks.
extern "C" int flock(int descriptor, int operation) noexcept {
  if (!without_locks) return static_cast<int>(::syscall(SYS_flock, descriptor, operation));
  errno = ENOLCK;
  return -1;
}

TEST_CASE("a lock keeps out another object and another process, and leaves nothing behind") {
  const TemporaryDirectory directory;
  const auto path = directory / "training";
  {
    const FileLock lock(path);
    CHECK_THROWS_WITH(FileLock(path), Contains("cannot lock") && Contains("another training writes it"));
    CHECK(status_of_child([&] {
            try {
              const FileLock second(path);
              return 0;
            } catch (const IoError&) {
              return 7;
            }
          })
          == 7);
    CHECK_NOTHROW(FileLock(directory / "other"));
  }
  CHECK(directory.count() == 0);
  CHECK_NOTHROW(FileLock(path));
}

TEST_CASE("the lock of a process that was killed is no lock") {
  const TemporaryDirectory directory;
  const auto path = directory / "training";
  status_of_child([&] {
    const FileLock lock(path);
    ::raise(SIGKILL);
    return 0;
  });
  CHECK(directory.count() == 1);
  { const FileLock lock(path); }
  CHECK(directory.count() == 0);
}

TEST_CASE("a file system without locks keeps nobody out, and stops no training") {
  const TemporaryDirectory directory;
  const auto path = directory / "training";
  const int status = status_of_child([&] {
    without_locks = true;
    try {
      const FileLock lock(path), other(path);
      const AppendFile log(directory / "log"), same(directory / "log");
      write_atomically(directory / "file", std::span<const std::byte>());
      return 0;
    } catch (const IoError&) {
      return 7;
    }
  });
  CHECK(status == 0);
  CHECK(directory.count() == 2);  // the log and the file
}

TEST_CASE("a lock where no file can be made is refused") {
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(FileLock(directory / "none" / "training"), IoError);
}
