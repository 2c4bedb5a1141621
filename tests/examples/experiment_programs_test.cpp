#include "examples/program_runner.hpp"
#include "support/catch.hpp"

#include <algorithm>

using Catch::Contains;
using program::Result;

namespace {

Result adding_problem(const std::vector<std::string>& arguments, const std::string& output_file = {}) {
  return program::run(arguments, {.output_file = output_file, .program = ADDING_PROBLEM_PROGRAM});
}
Result reber(const std::vector<std::string>& arguments) { return program::run(arguments, {.program = REBER_PROGRAM}); }

}  // namespace

TEST_CASE("adding_problem ends with 0 when what is expected comes about") {
  const Result result = adding_problem({"--cell", "gru", "--length", "4", "--hidden", "16", "--target", "0.03",
                                        "--seeds", "2", "--held-out", "100", "--threads", "2"});
  CAPTURE(result.errors);
  CHECK(result.code == 0);
  CHECK_THAT(result.output,
             Contains("minimum") && Contains("gru       2") && Contains("2/2") && Contains("as expected"));
  CHECK_THAT(result.errors, Contains("adding_problem: gru   seed 1") && Contains("gru   seed 2"));
}

TEST_CASE("adding_problem ends with 4 when it does not, after the table") {
  const Result result = adding_problem({"--cell=lstm", "--steps=3", "--hidden=4", "--seeds=1", "--held-out=10"});
  CHECK(result.code == 4);
  CHECK_THAT(result.output, Contains("lstm      1"));
  CHECK_THAT(result.errors, Contains("adding_problem: error: lstm: the maximum over the seeds"));
}

TEST_CASE("reber ends with 0 or 4, as the LSTM has learned or not") {
  // Two strings held out are soon understood; a single update teaches nothing.
  const Result learned = reber({"--cell=lstm", "--held-out=2", "--training=64", "--seeds=1", "--strings=20000"});
  CAPTURE(learned.errors);
  CHECK(learned.code == 0);
  CHECK_THAT(learned.output, Contains("lstm      1     1/1") && Contains("as expected"));
  const Result not_learned = reber({"--cell=lstm", "--seeds=2", "--strings=1", "--hidden=4"});
  CHECK(not_learned.code == 4);
  CHECK_THAT(not_learned.errors, Contains("reber: error: lstm: all strings held out are right from 0 of 2 seeds"));
}

TEST_CASE("wrong usage of the experiments ends with code 2 and one line") {
  struct Bad {
    std::string argument, message;
  };
  const Bad bad = GENERATE(values<Bad>({{"--cell=tree", "lstm, gru, rnn, all"},
                                        {"--hidden=0", "from 1 to 4096"},
                                        {"--batch=-5", "--batch"},
                                        {"--seeds=0", "--seeds"},
                                        {"--learning-rate=nan", "--learning-rate"},
                                        {"--clip=0", "--clip"},
                                        {"--cel=gru", "did you mean --cell?"},
                                        {"gru", "stands alone"}}));
  const auto program = GENERATE(as<std::string>{}, ADDING_PROBLEM_PROGRAM, REBER_PROGRAM);
  const Result result = program::run({bad.argument}, {.program = program});
  CAPTURE(bad.argument, result.errors);
  CHECK(result.code == 2);
  CHECK(result.output.empty());
  CHECK_THAT(result.errors, Contains(": error: ") && Contains(bad.message));
  CHECK(std::count(result.errors.begin(), result.errors.end(), '\n') == 1);
}

TEST_CASE("--help of the experiments states what is expected and what was measured") {
  const Result adding = adding_problem({"--help"}), grammar = reber({"--help"});
  CHECK(adding.code == 0);
  CHECK_THAT(adding.output,
             Contains("Expected") && Contains("measured") && Contains("--length N=100") && Contains("exit codes"));
  CHECK(grammar.code == 0);
  CHECK_THAT(grammar.output, Contains("Expected") && Contains("measured") && Contains("exit codes"));
}

TEST_CASE("an output that cannot be written ends an experiment with code 1") {
  const Result result = adding_problem({"--help"}, "/dev/full");
  CHECK(result.code == 1);
  CHECK_THAT(result.errors, Contains("cannot write to standard output"));
}
