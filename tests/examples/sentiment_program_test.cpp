#include "examples/program_runner.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/tensor/random.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <fstream>

using Catch::Contains;
using program::Result;

namespace {

Result sentiment(const std::vector<std::string>& arguments, const std::string& input = {}) {
  return program::run(arguments, {.input = input, .program = SENTIMENT_PROGRAM});
}

/// A synthetic sentence, whose label depends on the order of its words: "the soup was not good and the tea was cheap".
std::string sentence(std::uint64_t seed) {
  const unroll::Random random(seed);
  constexpr std::array foods{"soup", "tea", "bread", "rice", "jam"};
  const bool good = random.bits(0) % 2 == 0, denied = random.bits(1) % 2 == 0;
  const std::string food = foods[random.bits(2) % 5], other = foods[random.bits(3) % 5];
  // Both have the same words, but for what is denied: no bag of words can tell them apart.
  const std::string clause = std::string("was ") + (denied ? "not " : "") + (good ? "good" : "bad");
  const std::string rest = std::string("was ") + (denied ? "" : "not ") + "cheap";
  return (good != denied ? "praise\t" : "blame\t") + ("the " + food + " " + clause + " and the " + other + " " + rest);
}

struct Trial {
  TemporaryDirectory directory;
  std::string data = directory / "train.tsv", test = directory / "test.tsv", model = directory / "model";

  Trial() {
    std::ofstream train(data), judge(test);
    for (std::uint64_t seed = 0; seed < 800; ++seed) (seed < 600 ? train : judge) << sentence(seed) << '\n';
  }
  Result train(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"train",
                                       "--data",
                                       data,
                                       "--test",
                                       test,
                                       "--model",
                                       model,
                                       "--hidden=16",
                                       "--embedding=16",
                                       "--epochs=12",
                                       "--learning-rate=0.02",
                                       "--word-dropout=0",
                                       "--dropout=0.1"};
    std::move(more.begin(), more.end(), std::back_inserter(arguments));
    return sentiment(arguments);
  }
};

}  // namespace

TEST_CASE("sentiment learns what the order of words says, which its bag of words cannot") {
  const Trial trial;
  const std::string page = trial.directory / "page.html";
  const Result result = trial.train({"--json", "--page", page});
  CAPTURE(result.errors);
  REQUIRE(result.code == 0);
  const auto json = nlohmann::json::parse(result.output);
  CHECK(json.at("accuracy") > 95);
  CHECK(json.at("accuracy, bag of words") < 75);
  CHECK_THAT(program::content_of(page), Contains("What the model looked at") && Contains("taken for praise"));

  const Result again = sentiment({"evaluate", "--test", trial.test, "--model", trial.model, "--json"});
  REQUIRE(again.code == 0);
  CHECK(nlohmann::json::parse(again.output).at("accuracy") == json.at("accuracy"));
}

TEST_CASE("sentiment answers lines of a pipe with label, probability and the line") {
  const Trial trial;
  REQUIRE(trial.train().code == 0);
  const std::string lines =
      "the tea was good and the rice was not cheap\nthe jam was not good and the tea was cheap\n\nwho?\n";
  const Result result = sentiment({"classify", "-", "--model", trial.model}, lines);
  CAPTURE(result.errors);
  REQUIRE(result.code == 0);
  CHECK_THAT(result.output,
             Catch::StartsWith("praise\t") && Contains("\tthe tea was good and the rice was not cheap\nblame\t"));
  CHECK(std::count(result.output.begin(), result.output.end(), '\n') == 4);
  std::ofstream(trial.directory / "lines.txt") << lines;
  CHECK(sentiment({"classify", trial.directory / "lines.txt", "--model", trial.model}).output == result.output);
}

TEST_CASE("sentiment ends with 4 when it is worse than expected, and wrong usage or data end with their code") {
  const Trial trial;
  const Result worse = trial.train({"--expect=100", "--validation=0.9"});
  CHECK(worse.code == 4);
  CHECK_THAT(worse.errors, Contains("sentiment: error: accuracy is") && Contains("expected at least 100.0 %"));
  const std::string wrong = trial.directory / "wrong.tsv";
  std::ofstream(wrong) << "praise\tfine\nfair\tso so\n";
  struct Bad {
    std::vector<std::string> arguments;
    int code;
    std::string message;
  };
  const std::string fresh = trial.directory / "new";
  const std::vector<Bad> all{
      {{}, 2, "expected train, evaluate or classify"},
      {{"train", "--test", trial.test}, 2, "--data is missing"},
      {{"train", "--data", trial.data}, 2, "--test is missing"},
      {{"train", "--data", trial.data, "--test", trial.test, "--model", trial.model}, 2, "exists already"},
      {{"train", "--data", trial.data, "--test", wrong, "--model", fresh},
       3,
       "wrong.tsv\", line 2: the label \"fair\""},
      {{"train", "--data", "/nowhere.tsv", "--test", trial.test, "--model", fresh}, 1, "/nowhere.tsv"},
      {{"evaluate", "--test", trial.test, "--model", trial.test}, 3, "test.tsv"},
      {{"classify", "/nowhere.txt", "--model", trial.model}, 1, "/nowhere.txt"},
      {{"train", "--data", trial.data, "--test", trial.test, "--dropout=1"}, 2, "--dropout"}};
  for (const Bad& bad : all) {
    const Result result = sentiment(bad.arguments);
    CAPTURE(bad.arguments, result.errors);
    CHECK(result.code == bad.code);
    CHECK_THAT(result.errors, Contains("sentiment: error: ") && Contains(bad.message));
  }
}
