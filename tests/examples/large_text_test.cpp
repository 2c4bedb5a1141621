#include "examples/program_runner.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/files/sha256.hpp>

#include <fstream>

using Catch::Contains;

namespace {

/// Runs the program with at most so many kB of address space.
program::Result run_within(int kilobytes, std::vector<std::string> arguments) {
  const std::string limit = "ulimit -v " + std::to_string(kilobytes) + " && exec \"$@\"";
  arguments.insert(arguments.begin(), {"-c", limit, "-", CHARACTER_MODEL_PROGRAM});
  return program::run(arguments, {.program = "/bin/bash"});
}

/// A text with words at its beginning and its end, and nothing but a hole in between, which takes no room on a disk.
void write_text_with_hole(const std::filesystem::path& path, std::uint64_t bytes) {
  std::ofstream file(path, std::ios::binary);
  for (int i = 0; i < 2000; ++i) file << "line " << i * i % 997 << " of a long text, caf\u00e9\n";
  file.seekp(static_cast<std::streamoff>(bytes) - 100000);
  for (int i = 0; i < 2000; ++i) file << "line " << i * i % 997 << " at its end, na\u00efve\n";
}

}  // namespace

// tests/large/run does the same with 5 GB.
TEST_CASE("a text larger than the memory that there may be is learned, measured and resumed, to the same bits") {
  const TemporaryDirectory folder;
  const std::string text = folder / "text", model = folder / "model", checkpoint = folder / "checkpoint";
  constexpr int limit = 250'000;
  write_text_with_hole(text, 400'000'000);
  const auto train = [&](const std::string& characters, const std::string& flag) {
    const auto result = run_within(
        limit, {"train", "--text", text, "--model", model, "--hidden", "8", "--batch", "40", "--validation", "0.00005",
                "--characters", characters, "--evaluate-every", "20000", flag, checkpoint, "--schedule", "constant"});
    INFO(result.errors);
    REQUIRE(result.code == 0);
    CHECK_THAT(result.errors, Contains("399931756 characters to learn from, 19998 held out"));
    return unroll::sha256_of_file(model);
  };
  const auto whole = train("60000", "--checkpoint");
  std::filesystem::remove(model);
  std::filesystem::remove(checkpoint);
  train("20000", "--checkpoint");
  CHECK(train("60000", "--resume") == whole);

  const auto measured = run_within(limit, {"evaluate", "--text", text, "--model", model, "--validation", "0.0001"});
  INFO(measured.errors);
  CHECK(measured.code == 0);
  CHECK_THAT(measured.output, Contains("characters     39994 in"));
}

TEST_CASE("a text that is changed while a model learns it ends the training with a clear error") {
  const TemporaryDirectory folder;
  const std::string text = folder / "text";
  write_text_with_hole(text, 2'000'000);
  program::Running training({"train", "--text", text, "--model", folder / "model", "--hidden", "8", "--minutes", "1",
                             "--characters", "1000000000"});
  REQUIRE(training.has_said("characters to learn from"));
  std::ofstream(text, std::ios::app) << "more";
  const auto result = training.wait();
  CHECK(result.code == 1);
  // The system notes a write's time a moment before the new size.
  CHECK_THAT(result.errors, (Contains("bytes when it was opened") && Contains("it was changed while it was read"))
                                || Contains("it was written to while it was read"));
}
