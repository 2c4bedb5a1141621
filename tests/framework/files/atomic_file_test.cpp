#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/atomic_file.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/framework/tensor/random.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>

using namespace unroll;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }
void write(const fs::path& path, const std::string& text) { write_atomically(path, bytes(text)); }

/// Why `path` cannot be written; expect_writable and write_atomically must agree.
std::string refusal(const fs::path& path) {
  const auto before = message_of<IoError>([&] { expect_writable(path); });
  CHECK(message_of<IoError>([&] { write(path, "new"); }) == before);
  return before;
}

}  // namespace

TEST_CASE("a file is written whole, and written again over the old one") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  write(path, "first");
  CHECK(read_file(path) == "first");
  write(path, "");
  CHECK(read_file(path).empty());
  const std::string long_text(5'000'000, 'x');
  write(path, long_text);
  CHECK(read_file(path) == long_text);
  CHECK(directory.count() == 1);
}

TEST_CASE("pieces are written one after the other") {
  const TemporaryDirectory directory;
  const std::string a = "one ", b, c = "two";
  const std::array pieces{bytes(a), bytes(b), bytes(c)};
  write_atomically(directory / "file", pieces);
  CHECK(read_file(directory / "file") == "one two");
}

TEST_CASE("a file name without a directory means the current one") {
  const TemporaryDirectory directory;
  const auto before = fs::current_path();
  fs::current_path(directory.path());
  CHECK_NOTHROW(expect_writable("file"));
  CHECK_NOTHROW(write("file", "here"));
  fs::current_path(before);
  CHECK(read_file(directory / "file") == "here");
}

TEST_CASE("permissions: a new file gets the usual ones, an old one keeps its own") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  const mode_t mask = ::umask(027);
  write(path, "new");
  ::umask(mask);
  CHECK(fs::status(path).permissions() == fs::perms{0640});
  fs::permissions(path, fs::perms{0600});
  write(path, "newer");
  CHECK(fs::status(path).permissions() == fs::perms{0600});
}

TEST_CASE("a symbolic link stays one, and the file that it names is written") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "data");
  write(directory / "data/file", "old");
  fs::create_symlink("data/file", directory / "link");
  write(directory / "link", "new");
  CHECK(fs::is_symlink(directory / "link"));
  CHECK(read_file(directory / "data/file") == "new");
  fs::create_symlink("nowhere", directory / "dangling");
  CHECK_THAT(refusal(directory / "dangling"), Contains("the symbolic link leads nowhere"));
}

TEST_CASE("what cannot be written is refused before it is tried, with the reason") {
  const TemporaryDirectory directory;
  const auto pipe = directory / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  write(directory / "file", "x");
  CHECK_THAT(refusal(directory / "missing/model"), Contains("there is no directory") && Contains("create it first"));
  CHECK_THAT(refusal(directory / "file/model"), Contains("/file\" is a regular file, expected a directory"));
  CHECK_THAT(refusal(directory.path()), Contains("it is a directory, expected a regular file"));
  CHECK_THAT(refusal(pipe), Contains("it is a named pipe, expected a regular file"));
  CHECK_THAT(refusal("/dev/null"), Contains("cannot write \"/dev/null\": it is a device, expected a regular file"));
  CHECK_THAT(refusal(directory / "name/"), Contains("the path names no file"));
  CHECK_THAT(refusal(""), Contains("the path names no file"));
  CHECK_THAT(refusal(directory / std::string(300, 'n')), Contains("File name too long"));
  CHECK_THAT(refusal(directory / "a\x1b/b"), Contains("a\\x1b"));
  CHECK(fs::is_fifo(pipe));
  CHECK(directory.count() == 2);
}

TEST_CASE("a read-only directory and a read-only file are refused") {
  const TemporaryDirectory directory;
  if (::geteuid() == 0) {  // the superuser may write everywhere; another user may not
    fs::permissions(directory.path(), fs::perms{0755});
    write(directory / "file", "old");
    const int status = status_of_child([&] {
      if (::setuid(65534) != 0) return 2;
      const auto file = message_of<IoError>([&] { expect_writable(directory / "file"); });
      const auto other = message_of<IoError>([&] { expect_writable(directory / "other"); });
      return file.ends_with("Permission denied") && other.ends_with("Permission denied") ? 0 : 1;
    });
    CHECK(status == 0);
  } else {
    write(directory / "file", "old");
    fs::permissions(directory / "file", fs::perms{0400});
    CHECK_THAT(refusal(directory / "file"), Contains("Permission denied"));
    fs::permissions(directory.path(), fs::perms{0500});
    CHECK_THAT(refusal(directory / "other"), Contains("no file can be made in its directory: Permission denied"));
    fs::permissions(directory.path(), fs::perms{0700});
  }
  CHECK(read_file(directory / "file") == "old");
  CHECK(directory.count() == 1);
}

TEST_CASE("asking whether a file can be written changes nothing and leaves nothing") {
  const TemporaryDirectory directory;
  expect_writable(directory / "new");
  CHECK(directory.count() == 0);
  write(directory / "old", "old");
  const auto time = fs::last_write_time(directory / "old");
  expect_writable(directory / "old");
  CHECK(read_file(directory / "old") == "old");
  CHECK(fs::last_write_time(directory / "old") == time);
  CHECK(directory.count() == 1);
}

TEST_CASE("a file that has no room is refused before it is written, by the file system or by a limit") {
  const TemporaryDirectory directory;
  write(directory / "old", "old");
  const auto said = [&](std::uint64_t size) {
    return message_of<IoError>([&] { expect_writable(directory / "old", size); });
  };
  CHECK_NOTHROW(expect_writable(directory / "old", 100'000));
  CHECK_THAT(said(std::uint64_t{1} << 60U),
             Contains("/old\": it takes 1152921504606846976 bytes, and its file system has "
                      "room for ")
                 && Contains("No space left on device"));
  CHECK_THAT(said(~std::uint64_t{0}), Contains("No space left on device"));
  const int status = status_of_child([&] {
    const rlimit limit{1000, 1000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    expect_writable(directory / "old", 1000);
    const std::string message = said(1001);
    return message.ends_with(
               "it takes 1001 bytes, and a file under the limit of this process (ulimit -f) has room for "
               "1000: File too large")
               ? 0
               : 1;
  });
  CHECK(status == 0);
  CHECK(directory.count() == 1);
  CHECK(read_file(directory / "old") == "old");
}

TEST_CASE("a write that fails half-way gives the reason, keeps the old file and leaves nothing behind") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  write(path, "old");
  const int status = status_of_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);  // so that the write says EFBIG, as a full disk says ENOSPC
    const rlimit limit{100'000, 100'000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    const auto message = message_of<IoError>([&] { write(path, std::string(300'000, 'x')); });
    return message.ends_with("/file\": File too large") ? 0 : 1;
  });
  CHECK(status == 0);
  CHECK(read_file(path) == "old");
  CHECK(directory.count() == 1);
}

TEST_CASE("what a crash left behind is cleared by the next save, and what a living process writes is not") {
  const TemporaryDirectory directory;
  const auto leftover = directory / (".unroll-" + std::to_string(::getpid()) + "-0.tmp");
  const auto living = directory / ".unroll-1-0.tmp", other = directory / "unroll-1-0.tmp";
  for (const auto& path : {leftover, living, other}) std::ofstream(path) << "left";
  const int descriptor = ::open(living.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(::flock(descriptor, LOCK_EX | LOCK_NB) == 0);
  write(directory / "file", "whole");
  CHECK(read_file(directory / "file") == "whole");
  CHECK_FALSE(fs::exists(leftover));
  CHECK(read_file(living) == "left");
  CHECK(read_file(other) == "left");
  ::close(descriptor);
  write(directory / "file", "again");
  CHECK_FALSE(fs::exists(living));
}

TEST_CASE("processes that save side by side do not clear each other's files") {
  const TemporaryDirectory directory;
  std::array<pid_t, 3> children{};
  for (pid_t& child : children) {
    child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        for (int i = 0; i < 200; ++i) write(directory / std::to_string(::getpid()), std::string(20'000, 'x'));
      } catch (const std::exception&) {
        ::_exit(1);
      }
      ::_exit(0);
    }
  }
  for (const pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  CHECK(directory.count() == 3);
}

TEST_CASE("a process killed at any moment leaves the old file or the new one") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  const Random random(11);
  std::string expected_old(400'000, 'a');
  write(path, expected_old);
  for (std::uint64_t round = 0; round < 50; ++round) {
    const std::string next(300'000 + 1000 * round, static_cast<char>('b' + round % 20));
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      write(path, next);
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(random.uniform(round) * 4000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const std::string found = read_file(path);
    REQUIRE((found == expected_old || found == next));
    expected_old = found;
  }
  write(path, "last");
  CHECK(directory.count() == 1);  // what the killed ones left is gone
}
