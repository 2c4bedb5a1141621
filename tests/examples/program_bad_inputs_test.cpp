#include "examples/program_runner.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

using Catch::Contains;
using program::Result;
using program::run;

namespace {

struct BadInput {
  std::vector<std::string> arguments;  // @name is a file of the folder
  int code;
  std::string message;
};

void write(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

void fill(const TemporaryDirectory& folder) {
  write(folder / "empty", "");
  write(folder / "short", "only a few characters");
  write(folder / "book", std::string(5000, 'a') + std::string(5000, 'b'));
  write(folder / "latin1", std::string(5000, 'a') + "\xe9 and more");
  write(folder / "utf16", std::string("\xff\xfe"
                                      "a\0b\0",
                                      6));
  write(folder / "truncated", std::string("\x10\0\0\0\0\0\0\0{", 9));
  std::filesystem::create_directory(folder / "folder");
  ::mkfifo((folder / "fifo").c_str(), 0600);
}

/// What must hold for every refusal: one line on standard error, nothing on standard output, no file left behind.
void check(const BadInput& bad, const std::string& input = "") {
  const TemporaryDirectory folder;
  fill(folder);
  const auto entries = folder.count();
  std::vector<std::string> arguments = bad.arguments;
  for (auto& argument : arguments)
    if (const auto at = argument.find('@'); at != std::string::npos)
      argument = argument.substr(0, at) + (folder / argument.substr(at + 1)).string();
  const Result result = run(arguments, {.input = input});
  CAPTURE(bad.arguments, result.errors);
  CHECK(result.code == bad.code);
  CHECK_THAT(result.errors, Catch::StartsWith("character_model: error: ") && Contains(bad.message));
  CHECK(std::count(result.errors.begin(), result.errors.end(), '\n') == 1);
  CHECK(result.output.empty());
  CHECK(folder.count() == entries);
}

}  // namespace

TEST_CASE("wrong usage ends with code 2 and one line") {
  check(GENERATE(values<BadInput>({
      {{}, 2, "no command given"},
      {{"trian"}, 2, "did you mean train?"},
      {{"train", "--model=@m"}, 2, "--text is missing"},
      {{"train", "--text=@book", "--model=@m", "--hidde=3"}, 2, "did you mean --hidden?"},
      {{"train", "--text=@book", "--model=@m", "--hidden=-5"}, 2, "from 1 to 65536"},
      {{"train", "--text=@book", "--model=@m", "--layers=0"}, 2, "from 1 to 1000"},
      {{"train", "--text=@book", "--model=@m", "--learning-rate=nan"}, 2, "--learning-rate"},
      {{"train", "--text=@book", "--model=@m", "--k1=0"}, 2, "--k1: \"0\" given, expected a whole number from 1"},
      {{"train", "--text=@book", "--model=@m", "--k2=many"}, 2, "--k2: \"many\" given"},
      {{"train", "--text=@book", "--model=@m", "--k3=4"}, 2, "unknown flag"},
      {{"train", "--text=@book", "--model=@m", "--cell=tree"}, 2, "lstm, gru, rnn"},
      {{"train", "--text=@book", "--model=@m", "--optimizer=adm"}, 2, "did you mean adam?"},
  })));
}

TEST_CASE("texts that cannot be learned are refused by name and reason") {
  check(GENERATE(values<BadInput>({
      {{"train", "--text=@missing", "--model=@m"}, 1, "No such file"},
      {{"train", "--text=@folder", "--model=@m"}, 1, "directory"},
      {{"train", "--text=@fifo", "--model=@m"}, 1, "expected a regular file"},
      {{"train", "--text=/dev/zero", "--model=@m"}, 1, "expected a regular file"},
      {{"train", "--text=@empty", "--model=@m"}, 2, "is empty, expected at least 2049"},
      {{"train", "--text=-", "--model=@m"}, 2, "is empty"},
      {{"train", "--text=@short", "--model=@m"}, 2, "lower --batch or --steps"},
      {{"train", "--text=@short", "--model=@m", "--k1=16"}, 2, "lower --batch or --k1"},
      {{"train", "--text=@latin1", "--model=@m"}, 2, "invalid UTF-8 at byte 5000 (0xe9)"},
      {{"train", "--text=@utf16", "--model=@m"}, 2, "UTF-16"},
      {{"train", "--text=@name\nwith\x1b[31m", "--model=@m"}, 1, R"(name\nwith\x1b[31m)"},
  })));
}

TEST_CASE("models that cannot be written are refused before training") {
  check(GENERATE(values<BadInput>({
      {{"train", "--text=@book", "--model=@missing/m"}, 1, "no directory"},
      {{"train", "--text=@book", "--model=@folder"}, 1, "directory"},
      {{"train", "--text=@book", "--model=@short"}, 2, "--force"},
      {{"train", "--text=@book", "--model=/proc/m"}, 1, "/proc/m"},
      {{"train", "--text=@book", "--model="}, 2, "--model"},
  })));
}

TEST_CASE("memory is estimated before it is taken") {
  const TemporaryDirectory folder;
  fill(folder);
  const Result result = run({"train", "--text", folder / "book", "--model", folder / "m", "--hidden", "65536",
                             "--layers", "1000", "--batch", "100", "--steps", "10"});
  CHECK(result.code == 2);
  CHECK_THAT(result.errors, Contains("PB of memory") && Contains("lower --hidden"));
}

TEST_CASE("files that are no models end with code 3, those that cannot be read with code 1") {
  const std::string command = GENERATE("generate", "inspect");
  check(GENERATE_COPY(values<BadInput>({
      {{command, "--model=@missing"}, 1, "No such file"},
      {{command, "--model=@folder"}, 1, "directory"},
      {{command, "--model=@fifo"}, 1, "expected a regular file"},
      {{command, "--model=@empty"}, 3, "empty"},
      {{command, "--model=@book"}, 3, "book"},
      {{command, "--model=@truncated"}, 3, "truncated"},
  })));
}

TEST_CASE("a limit on the size of files ends training as a full disk does, and leaves nothing behind") {
  const TemporaryDirectory folder;
  std::ofstream(folder / "book") << std::string(5000, 'a') << std::string(5000, 'b');
  const auto entries = folder.count();
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit limit = before;
  limit.rlim_cur = 16 << 10;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  const Result result = run({"train", "--text", (folder / "book").string(), "--model", (folder / "model").string(),
                             "--hidden", "64", "--characters", "2000", "--batch", "4", "--steps", "16"});
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  CAPTURE(result.errors);
  CHECK(result.code == 1);
  CHECK_THAT(result.errors, Contains("it takes ") && Contains("has room for 16384: File too large"));
  CHECK_THAT(result.errors, !Contains("held-out loss"));  // it is said before training
  CHECK(folder.count() == entries);
}
