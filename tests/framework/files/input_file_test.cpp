#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/input_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>

using namespace unroll;
using Catch::Contains;

namespace {
std::filesystem::path file_with(const TemporaryDirectory& directory, const std::string& content) {
  std::ofstream(directory / "input", std::ios::binary) << content;
  return directory / "input";
}
}  // namespace

TEST_CASE("read_file gives the bytes of a file as they are") {
  const TemporaryDirectory directory;
  const std::string content("line\r\n\0\xff end", 13);
  CHECK(read_file(file_with(directory, content)) == content);
  CHECK(read_file(file_with(directory, "")).empty());
  CHECK(read_file(file_with(directory, std::string(3'000'000, 'x'))) == std::string(3'000'000, 'x'));
}

TEST_CASE("read_file refuses what is longer than its limit, and takes what is as long") {
  const TemporaryDirectory directory;
  const auto path = file_with(directory, "12345");
  CHECK(read_file(path, 5) == "12345");
  CHECK_THAT(message_of<IoError>([&] { read_file(path, 4); }), Contains("it has 5 bytes, expected at most 4"));
}

TEST_CASE("reading what is no regular file names its kind, and does not wait for a writer") {
  const TemporaryDirectory directory;
  const auto pipe = directory / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const auto message = [](const std::filesystem::path& path) { return message_of<IoError>([&] { read_file(path); }); };
  CHECK_THAT(message(pipe), Contains("it is a named pipe, expected a regular file"));
  CHECK_THAT(message(directory.path()), Contains("it is a directory, expected a regular file"));
  CHECK_THAT(message("/dev/zero"), Contains("cannot read \"/dev/zero\": it is a device, expected a regular file"));
}

TEST_CASE("reading a file that is missing gives the system's reason and the path made harmless") {
  const TemporaryDirectory directory;
  const auto message = [](const std::filesystem::path& path) { return message_of<IoError>([&] { read_file(path); }); };
  CHECK_THAT(message(directory / "mis\x1bsing"), Contains("/mis\\x1bsing\": No such file or directory"));
  std::filesystem::create_symlink(directory / "nowhere", directory / "link");
  CHECK_THAT(message(directory / "link"), Contains("No such file or directory"));
  CHECK_THAT(message(""), Contains("cannot read \"\": No such file or directory"));
  CHECK_THAT(message(file_with(directory, "x") / "below"), Contains("Not a directory"));
}

TEST_CASE("reading a file without permission gives the system's reason") {
  const TemporaryDirectory directory;
  const auto path = file_with(directory, "secret");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  if (::access(path.c_str(), R_OK) == 0) return;  // the superuser may read everything
  CHECK_THAT(message_of<IoError>([&] { read_file(path); }), Contains("Permission denied"));
}

TEST_CASE("parts of a file are read from any offset, and a file that has become shorter is noticed") {
  const TemporaryDirectory directory;
  const auto path = file_with(directory, "0123456789");
  const InputFile file(path);
  CHECK(file.size() == 10);
  CHECK(file.path() == path);
  std::array<char, 4> part{};
  file.read(3, std::as_writable_bytes(std::span(part)));
  CHECK(std::string(part.data(), 4) == "3456");
  std::filesystem::resize_file(path, 5);
  CHECK_THAT(message_of<IoError>([&] { file.read(3, std::as_writable_bytes(std::span(part))); }),
             Contains("it ends at byte 5, 2 bytes too early"));
}

TEST_CASE("a stream is read to its end, up to a limit") {
  const TemporaryDirectory directory;
  const std::string content(3'000'000, 'x');
  const auto path = file_with(directory, content);
  const auto read = [&](std::uint64_t most) {
    const detail::FileDescriptor file(::open(path.c_str(), O_RDONLY));
    return read_stream(file.number(), "standard input", most);
  };
  CHECK(read(3'000'000) == content);
  CHECK_THAT(message_of<IoError>([&] { read(2'999'999); }), Contains("cannot read standard input: more than 2999999"));
  CHECK_THAT(message_of<IoError>([&] { read_stream(-1, "a pipe", 1); }), Contains("cannot read a pipe: Bad file"));
}

TEST_CASE("a file that was written to since it was opened is told from one that was not") {
  const TemporaryDirectory directory;
  const auto path = file_with(directory, "12345");
  const InputFile file(path);
  CHECK_NOTHROW(file.expect_unchanged());
  std::ofstream(path, std::ios::app) << "6";
  CHECK_THAT(message_of<IoError>([&] { file.expect_unchanged(); }), Contains("had 5 bytes") && Contains("has 6 now"));
}
