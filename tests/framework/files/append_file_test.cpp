#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/evil.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/append_file.hpp>
#include <unroll/framework/files/input_file.hpp>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

using namespace unroll;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("pieces reach the file when they are flushed, and at the end", "[append]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log";
  {
    AppendFile file(path);
    CHECK(file.path() == path);
    file.append("one ");
    CHECK(read_file(path).empty());
    file.flush();
    CHECK(read_file(path) == "one ");
    file.flush();
    file.append("two ");
  }
  CHECK(read_file(path) == "one two ");
  AppendFile(path).append("three");
  CHECK(read_file(path) == "one two three");
}

TEST_CASE("pieces of any size are written whole and in order", "[append]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log";
  std::string expected;
  {
    AppendFile file(path);
    for (const std::size_t size : {0, 1, 65535, 65536, 65537, 1, 400'000, 3}) {
      const std::string piece(size, static_cast<char>('a' + size % 26));
      file.append(piece);
      expected += piece;
    }
  }
  CHECK(read_file(path) == expected);
}

TEST_CASE("a file that is cut goes on from there", "[append]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log";
  std::ofstream(path) << "0123456789";
  {
    AppendFile file(path);
    file.append("dropped");
    file.cut(4);
    CHECK(read_file(path) == "0123");
    file.append("abc");
  }
  CHECK(read_file(path) == "0123abc");
  AppendFile(path).cut(0);
  CHECK(read_file(path).empty());
}

TEST_CASE("a cut makes no file longer, whatever its size", "[append]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log";
  std::ofstream(path) << "0123456789";
  AppendFile file(path);
  for (const std::uint64_t bytes : {~std::uint64_t{0}, std::uint64_t{1} << 62U, std::uint64_t{1} << 31U,
                                    std::uint64_t{10}, std::uint64_t{1}, std::uint64_t{0}}) {
    file.cut(bytes);
    CHECK(read_file(path).size() == std::min<std::uint64_t>(bytes, 10));
  }
}

TEST_CASE("a file has one writer", "[append]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log";
  const AppendFile file(path);
  const auto second = [&] { return message_of<IoError>([&] { AppendFile{path}; }); };
  CHECK_THAT(second(), Contains("cannot write \"") && Contains("/log\": it is open for writing already"));
  CHECK_NOTHROW(AppendFile(directory / "other"));
  CHECK(status_of_child([&] { return second().empty() ? 1 : 0; }) == 0);
}

TEST_CASE("a new file replaces none", "[append]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log";
  AppendFile(path, Opening::only_new).append("first");
  CHECK_THAT(message_of<IoError>([&] { AppendFile(path, Opening::only_new); }), Contains("/log\": File exists"));
  CHECK(read_file(path) == "first");
}

TEST_CASE("what cannot be written is refused with the reason", "[append]") {
  const TemporaryDirectory directory;
  const auto said = [](const fs::path& path) { return message_of<IoError>([&] { AppendFile{path}; }); };
  CHECK_THAT(said(directory / "missing/log"), Contains("there is no directory ") && Contains("create it first"));
  CHECK_THAT(said(directory.path()), Contains("it is a directory, expected a regular file"));
  CHECK_THAT(said("/dev/null"), Contains("cannot write \"/dev/null\": it is a device, expected a regular file"));
  CHECK_THAT(said(""), Contains("the path names no file"));
  REQUIRE(::mkfifo((directory / "pipe").c_str(), 0600) == 0);
  CHECK_THAT(said(directory / "pipe"), Contains("it is a named pipe, expected a regular file"));
  std::ofstream(directory / "file") << "x";
  CHECK_THAT(said(directory / "file/log"), Contains("Not a directory"));
  for (const std::string_view name : {evil::controls, evil::bytes, evil::marks})
    CHECK(evil::fault_of(said(directory / ("missing/" + std::string(name)))) == std::nullopt);
  CHECK(evil::fault_of(said(directory / evil::many("x"))) == std::nullopt);
  if (::geteuid() == 0) return;  // root may write everything
  std::ofstream(directory / "read-only") << "x";
  fs::permissions(directory / "read-only", fs::perms::owner_read);
  CHECK_THAT(said(directory / "read-only"), Contains("Permission denied"));
}

TEST_CASE("after a full disk the file goes on where it ended", "[append]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log";
  const std::string first(1'500, 'a'), second(20, 'b');
  const int status = status_of_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);  // so that the write says EFBIG, as a full disk says ENOSPC
    rlimit limit{};
    if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    const rlim_t most = limit.rlim_max;
    limit.rlim_cur = 1000;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    AppendFile file(path);
    file.append(first);
    const auto message = message_of<IoError>([&] { file.flush(); });
    if (!message.ends_with("/log\": File too large")) return 3;
    if (read_file(path) != first.substr(0, 1000)) return 4;
    if (message_of<IoError>([&] { file.append(std::string(70'000, 'x')); }) != message) return 5;
    file.append(second);
    limit.rlim_cur = most;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    file.flush();
    return read_file(path) == first + second ? 0 : 6;
  });
  CHECK(status == 0);
}
