#include "examples/program_runner.hpp"
#include "support/catch.hpp"
#include "support/midi.hpp"
#include "support/temporary_directory.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

using Catch::Contains;
using program::Result;

namespace {

Result music(const std::vector<std::string>& arguments) { return program::run(arguments, {.program = MUSIC_PROGRAM}); }

/// Joplin's Peacherine Rag: most of it to learn from, the rest for validation and test.
struct Trial {
  TemporaryDirectory directory;
  std::string data = directory / "rolls.json", model = directory / "model", page = directory / "page.html";

  Trial() {
    const support::Piece piece = support::read_midi(UNROLL_TEST_DATA "/examples/data/peacherine.mid", 4);
    const std::size_t seventh = piece.size() / 7;
    const auto sevenths = [&](std::size_t first, std::size_t end) {
      const auto at = [&](std::size_t i) { return piece.begin() + static_cast<std::ptrdiff_t>(i * seventh); };
      return support::Piece{at(first), at(end)};
    };
    using Pieces = std::vector<support::Piece>;
    std::ofstream(data) << nlohmann::json{{"train", Pieces{sevenths(0, 1), sevenths(2, 4), sevenths(5, 7)}},
                                          {"valid", Pieces{sevenths(4, 5)}},
                                          {"test", Pieces{sevenths(1, 2)}}};
  }
  Result train(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"train",
                                       "--data",
                                       data,
                                       "--hidden=96",
                                       "--epochs=12",
                                       "--excerpt=32",
                                       "--batch=4",
                                       "--learning-rate=0.01",
                                       "--weight-noise=0.03",
                                       "--model",
                                       model,
                                       "--page",
                                       page};
    std::move(more.begin(), more.end(), std::back_inserter(arguments));
    return music(arguments);
  }
};

}  // namespace

TEST_CASE("music learns Joplin better than the habits of each key tell") {
  const Trial trial;
  const Result result = trial.train({"--json"});
  CAPTURE(result.errors);
  REQUIRE(result.code == 0);
  const auto json = nlohmann::json::parse(result.output);
  CHECK(json.at("nats a step") < 0.9 * json.at("nats a step, each key alone").get<double>());
  CHECK_THAT(program::content_of(trial.page), Contains("Which key comes next") && Contains("</svg>"));

  const Result again = music({"evaluate", "--data", trial.data, "--model", trial.model, "--json"});
  REQUIRE(again.code == 0);
  CHECK(nlohmann::json::parse(again.output).at("nats a step") == json.at("nats a step"));
}

TEST_CASE("music finds all keys of a piece without any") {
  const TemporaryDirectory directory;
  const std::string data = directory / "silence.json";
  std::ofstream(data) << R"({"train": [[[], []]], "valid": [[[], []]], "test": [[[], [], []]]})";
  const Result result = music({"train", "--data", data, "--model", directory / "model", "--epochs=50",
                               "--learning-rate=0.1", "--hidden=4", "--json"});
  CAPTURE(result.errors);
  REQUIRE(result.code == 0);
  CHECK(nlohmann::json::parse(result.output).at("accuracy of keys") == 100);
}

TEST_CASE("music composes what it is asked for: a length, a beginning, a seed") {
  const Trial trial;
  REQUIRE(trial.train({"--transpose=0"}).code == 0);
  const std::string satie = UNROLL_TEST_DATA "/examples/data/gymnopedie.mid";
  const auto compose = [&](const char* name, std::vector<std::string> more) {
    std::vector<std::string> arguments{"compose", "--model", trial.model,  "--out", trial.directory / name,
                                       "--begin", satie,     "--length=50"};
    std::move(more.begin(), more.end(), std::back_inserter(arguments));
    const Result result = music(arguments);
    CAPTURE(result.errors);
    REQUIRE(result.code == 0);
    return support::read_midi(trial.directory / name, 4);
  };
  const support::Piece begin = support::read_midi(satie, 4);
  const support::Piece one = compose("a.mid", {"--seed=1"});
  CHECK(std::equal(begin.begin(), begin.end(), one.begin()));
  CHECK(one.size() > begin.size());  // silence at its end may be missing
  CHECK(one.size() <= begin.size() + 50);
  CHECK(compose("b.mid", {"--seed=1"}) == one);
  CHECK(compose("c.mid", {"--seed=2", "--page", trial.page}) != one);
  CHECK_THAT(program::content_of(trial.page), Contains("Composed"));
}

TEST_CASE("music ends with 4 when it is worse than expected, and wrong usage or data end with their code") {
  const Trial trial;
  const Result worse = trial.train({"--expect=0.01", "--transpose=0"});
  CHECK(worse.code == 4);
  CHECK_THAT(worse.errors, Contains("music: error: nats a step is") && Contains("expected at most 0.010"));
  const std::string wrong = trial.directory / "wrong.json", text = trial.directory / "text.mid";
  std::ofstream(wrong) << R"({"train": [[[60], [200]]]})";
  std::ofstream(text) << "la la";
  struct Bad {
    std::vector<std::string> arguments;
    int code;
    std::string message;
  };
  const std::vector<Bad> all{
      {{}, 2, "expected train, evaluate or compose"},
      {{"train"}, 2, "--data is missing"},
      {{"train", "--data", trial.data, "--model", trial.model}, 2, "exists already"},
      {{"train", "--data", wrong, "--model", trial.directory / "new"}, 3, "train, piece 1, step 2: the key 200"},
      {{"train", "--data", "/nowhere.json", "--model", trial.directory / "new"}, 1, "/nowhere.json"},
      {{"train", "--data", trial.directory.path(), "--model", trial.directory / "new"}, 1, "expected the folders"},
      {{"evaluate", "--data", trial.data, "--model", wrong}, 3, "wrong.json"},
      {{"compose", "--model", trial.model, "--begin", text}, 3, "text.mid"},
      {{"compose", "--model", trial.model, "--out", "/nowhere/a.mid", "--length=1"}, 1, "/nowhere"},
      {{"compose", "--model", trial.model, "--temperature=0"}, 2, "--temperature"}};
  for (const Bad& bad : all) {
    const Result result = music(bad.arguments);
    CAPTURE(bad.arguments, result.errors);
    CHECK(result.code == bad.code);
    CHECK_THAT(result.errors, Contains("music: error: ") && Contains(bad.message));
  }
}
