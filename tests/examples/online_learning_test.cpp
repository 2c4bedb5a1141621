#include "examples/program_runner.hpp"
#include "online_learning/options.hpp"
#include "online_learning/report.hpp"
#include "online_learning/stream.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <utility>

using namespace online_learning;
using Catch::Contains;

namespace {

program::Result run_program(const std::vector<std::string>& arguments, const std::string& output_file = {}) {
  return program::run(arguments, {.output_file = output_file, .program = ONLINE_LEARNING_PROGRAM});
}

/// Of learners that have these losses in every stretch.
Results results_of(double exact, double snap, double one_step) {
  Results results;
  const double losses[]{exact, snap, one_step};
  for (std::size_t i = 0; i < 3; ++i)
    results.learners[i].scores.fill({.loss = 10 * losses[i], .right = 9, .queries = 10});
  return results;
}

}  // namespace

TEST_CASE("online learning keeps its promises on a short stream") {
  const program::Result ended = run_program({"--steps=8000", "--hidden=8", "--gap=3"});
  INFO(ended.output << ended.errors);
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output, Contains("now the other answer is right"));
  CHECK_THAT(ended.output, Contains("RTRL learns, SnAp-1 learns, one step does not, memory stays"));
}

TEST_CASE("online learning says with code 4 that a stream was too short to learn from") {
  const program::Result ended = run_program({"--steps=110", "--cell=lstm"});
  CHECK(ended.code == 4);
  CHECK_THAT(ended.output, Contains("RTRL DOES NOT LEARN") && !Contains("nan"));
}

TEST_CASE("online learning refuses wrong usage with code 2 and one line") {
  struct Bad {
    std::vector<std::string> arguments;
    std::string message;
  };
  const Bad bad = GENERATE(
      values<Bad>({{{"--steps", "-5"}, R"(--steps: "-5" given, expected a whole number from 10 to)"},
                   {{"--cell=elman"}, "one of lstm, gru, rnn"},
                   {{"--stepz=5"}, "did you mean --steps?"},
                   {{"--hidden=129"}, "from 1 to 128"},
                   {{"--gap=1000", "--steps=10"}, "--steps: 10 given, expected at least 20010 with --gap 1000"}}));
  const program::Result result = run_program(bad.arguments);
  CAPTURE(result.errors);
  CHECK(result.code == 2);
  CHECK(result.output.empty());
  CHECK_THAT(result.errors, Catch::StartsWith("online_learning: error: ") && Contains(bad.message));
  CHECK(std::count(result.errors.begin(), result.errors.end(), '\n') == 1);
}

TEST_CASE("the widest cell that online learning offers fits") {
  const std::string cell = GENERATE("lstm", "gru", "rnn");
  CAPTURE(cell);
  const program::Result ended = run_program({"--hidden=128", "--steps=30", "--gap=1", "--cell=" + cell});
  CAPTURE(ended.errors);
  CHECK((ended.code == 0 || ended.code == 4));
  CHECK(ended.errors.empty());
}

TEST_CASE("an output that cannot be written ends online learning with code 1") {
  const program::Result result = run_program({"--steps=110"}, "/dev/full");
  CHECK(result.code == 1);
  CHECK_THAT(result.errors, Contains("cannot write to standard output"));
}

TEST_CASE("--help of online learning states what is expected, and the exit codes") {
  const program::Result help = run_program({"--help"});
  CHECK(help.code == 0);
  CHECK_THAT(help.output, Contains("Expected") && Contains("exit codes: 0"));
}

TEST_CASE("online learning expects RTRL and SnAp-1 to learn, and one step to guess, with gates") {
  using support::CellKind;
  CHECK(verdict(results_of(0.05, 0.05, 0.7), CellKind::gru).holds);
  CHECK_FALSE(verdict(results_of(0.2, 0.05, 0.7), CellKind::gru).holds);
  CHECK_FALSE(verdict(results_of(0.05, 0.2, 0.7), CellKind::lstm).holds);
  CHECK_FALSE(verdict(results_of(0.05, 0.05, 0.3), CellKind::lstm).holds);
  CHECK(verdict(results_of(0.7, 0.05, 0.7), CellKind::rnn).holds);
  CHECK_THAT(
      verdict(results_of(0.7, 0.05, 0.7), CellKind::rnn).text,
      Contains("RTRL does not, SnAp-1 learns, one step does not, memory stays (of an RNN only that is expected)"));
  Results growing = results_of(0.05, 0.05, 0.7);
  growing.megabytes_at_end = 10;
  CHECK_FALSE(verdict(growing, CellKind::gru).holds);
  CHECK_FALSE(verdict(growing, CellKind::rnn).holds);
  CHECK_THAT(verdict(growing, CellKind::rnn).text, Contains("memory GROWS"));
}

TEST_CASE("a query comes as late as it may at most, and asks for the cue, or for the other one") {
  const std::uint64_t gap = GENERATE(1, 3, 7), change = 500;
  CueStream stream(gap, change, unroll::Random(1));
  std::uint64_t since = 0, longest = 0;
  int cue = -1;
  for (std::uint64_t time = 1; time <= 1000; ++time) {
    const auto& input = stream.next();
    ++since;
    if (input[0] == 1 || input[1] == 1) cue = input[1] == 1;
    CHECK(stream.answer().has_value() == (input[2] == 1));
    if (!stream.answer()) continue;
    CHECK(*stream.answer() == (time > change ? 1 - cue : cue));
    longest = std::max(longest, std::exchange(since, 0));
  }
  CHECK(longest == CueStream::longest_wait(gap));
}
