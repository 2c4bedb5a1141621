#include "examples/program_runner.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

using Catch::Contains;
using program::Result;

namespace {

const std::string sunspots = EXAMPLES_FOLDER "/time_series/sunspots.csv";

Result time_series(const std::vector<std::string>& arguments) {
  return program::run(arguments, {.program = TIME_SERIES_PROGRAM});
}

/// A training on sunspots of a second, with a model and a page in a directory of its own.
struct Trial {
  TemporaryDirectory directory;
  std::string model = directory / "model", page = directory / "page.html";

  Result train(const std::string& data, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{
        "train",       "--data",     data,          "--target",         "sunspots",
        "--horizon=2", "--steps=12", "--epochs=30", "--test-from=1921", "--test-until=1955",
        "--threads=1", "--model",    model,         "--page",           page};
    std::move(more.begin(), more.end(), std::back_inserter(arguments));
    return time_series(arguments);
  }
  /// Sunspots of which each number from 1956 on, if not before, is another one.
  std::string with_another_end(std::size_t first_year = 1956) const {
    std::ifstream whole(sunspots);
    std::ofstream changed(directory / "changed.csv");
    for (std::string line; std::getline(whole, line);) {
      const std::string year = line.substr(0, 4);
      changed << (year != "year" && std::stoul(year) >= first_year ? year + ",77" : line) << '\n';
    }
    return directory / "changed.csv";
  }
};

}  // namespace

TEST_CASE("time_series learns sunspots better than no change forecasts them") {
  const Trial trial;
  const Result result = trial.train(sunspots, {"--json"});
  CAPTURE(result.errors);
  REQUIRE(result.code == 0);
  const auto json = nlohmann::json::parse(result.output);
  CHECK(json.at("RMSE, 1 step ahead") < 0.75 * json.at("RMSE, 1 step ahead, no change").get<double>());
  CHECK(json.at("RMSE, 2 steps ahead") < 0.75 * json.at("RMSE, 2 steps ahead, no change").get<double>());
  CHECK_THAT(program::content_of(trial.page), Contains("Forecasts of sunspots") && Contains("</svg>"));

  const Result again = time_series(
      {"evaluate", "--data", sunspots, "--model", trial.model, "--test-from=1921", "--test-until=1955", "--json"});
  REQUIRE(again.code == 0);
  CHECK(nlohmann::json::parse(again.output).at("RMSE, 1 step ahead") == json.at("RMSE, 1 step ahead"));
}

TEST_CASE("time_series says what comes after the last row of a table") {
  const Trial trial;
  REQUIRE(trial.train(sunspots).code == 0);
  const Result result = time_series({"forecast", "--data", sunspots, "--model", trial.model});
  CAPTURE(result.errors);
  CHECK(result.code == 0);
  CHECK_THAT(result.output, Catch::StartsWith("step,mean,low 50,high 50,low 90,high 90\n1,"));
  CHECK(std::count(result.output.begin(), result.output.end(), '\n') == 3);
}

TEST_CASE("no forecast of time_series sees what comes after it") {
  const Trial trial;
  const std::string another_future = trial.with_another_end();
  REQUIRE(trial.train(sunspots).code == 0);
  const std::string model = program::content_of(trial.model);
  REQUIRE(trial.train(another_future, {"--force"}).code == 0);
  CHECK(program::content_of(trial.model) == model);  // nothing after the test is read

  const auto score = [&](const std::string& data) {
    return time_series({"evaluate", "--data", data, "--model", trial.model, "--test-from=1930", "--test-until=1955"})
        .output;
  };
  CHECK(score(sunspots) == score(another_future));
  CHECK(score(sunspots) != score(trial.with_another_end(1950)));
}

TEST_CASE("time_series ends with 4 when it is worse than expected, after its table") {
  const Trial trial;
  const Result result = trial.train(sunspots, {"--epochs=1", "--expect=1"});
  CHECK(result.code == 2);  // --epochs is there twice
  const Result worse = trial.train(sunspots, {"--expect=1"});
  CHECK(worse.code == 4);
  CHECK_THAT(worse.output, Contains("RMSE, 1 step ahead"));
  CHECK_THAT(worse.errors, Contains("time_series: error: RMSE, 1 step ahead is") && Contains("expected at most 1.000"));
}

TEST_CASE("wrong usage of time_series ends with 2, a wrong table or model with 3, and each names its flag or line") {
  const Trial trial;
  REQUIRE(trial.train(sunspots).code == 0);
  const std::string wrong = trial.directory / "wrong.csv", empty = trial.directory / "empty.csv";
  std::ofstream(wrong) << "year,sunspots\n1700,5\n1701,many\n";
  const std::string few = trial.directory / "few.csv";
  std::ofstream(few) << "year,sunspots\n1700,5\n1701,11\n1702,16\n";
  std::ofstream(empty) << "";
  struct Bad {
    std::vector<std::string> arguments;
    int code;
    std::string message;
  };
  const std::vector<Bad> all{
      {{}, 2, "no command given, expected train, evaluate or forecast"},
      {{"train"}, 2, "--data is missing"},
      {{"train", "--data", sunspots}, 2, "--target is missing"},
      {{"train", "--data", sunspots, "--target", "moons", "--model", trial.directory / "new"},
       2,
       "no column \"moons\""},
      {{"train", "--data", sunspots, "--target", "sunspots", "--model", trial.model}, 2, "exists already"},
      {{"train", "--data", sunspots, "--target", "sunspots", "--steps=400", "--model", trial.directory / "new"},
       2,
       "400"},
      {{"train", "--data", "/nowhere.csv", "--target", "a", "--model", trial.directory / "new"}, 1, "/nowhere.csv"},
      {{"train", "--data", wrong, "--target", "sunspots", "--model", trial.directory / "new"}, 3, "line 3: \"many\""},
      {{"train", "--data", empty, "--target", "sunspots", "--model", trial.directory / "new"}, 3, "empty.csv"},
      {{"train", "--data", few, "--target", "sunspots", "--model", trial.directory / "new"},
       2,
       "no window of 30 steps"},
      {{"forecast", "--data", few, "--model", trial.model}, 2, "no window of 12 steps"},
      {{"evaluate", "--data", sunspots, "--model", wrong}, 3, "wrong.csv"},
      {{"forecast", "--data", sunspots, "--model", trial.directory / "none"}, 1, "none"},
      {{"evaluate", "--data", sunspots, "--model", trial.model, "--test-from=1066"}, 2, "\"1066\""}};
  for (const Bad& bad : all) {
    const Result result = time_series(bad.arguments);
    CAPTURE(bad.arguments, result.errors);
    CHECK(result.code == bad.code);
    CHECK_THAT(result.errors, Contains("time_series: error: ") && Contains(bad.message));
  }
}
