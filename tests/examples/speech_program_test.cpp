#include "examples/program_runner.hpp"
#include "support/audio/wav_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/tensor/random.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <numbers>

using Catch::Contains;
using program::Result;

namespace {

Result speech(const std::vector<std::string>& arguments, const std::string& input = {}) {
  return program::run(arguments, {.input = input, .program = SPEECH_PROGRAM});
}

constexpr std::array words{"do", "re", "mi"};

/// Synthetic: a tone for each word, a fifth of a second long, with gaps, as a voice of its own pitch would sing them.
audio::Sound sing(const std::vector<std::size_t>& notes, double pitch) {
  constexpr std::uint32_t rate = 8000;
  constexpr std::size_t tone = rate / 5, gap = rate / 20;
  audio::Sound sound{.rate = rate, .samples = std::vector<float>(gap)};
  for (const std::size_t note : notes) {
    const double frequency = pitch * std::pow(1.5, static_cast<double>(note));
    for (std::size_t i = 0; i < tone; ++i)
      sound.samples.push_back(
          static_cast<float>(0.3 * std::sin(2 * std::numbers::pi * frequency * static_cast<double>(i) / rate)));
    sound.samples.insert(sound.samples.end(), gap, 0);
  }
  return sound;
}

/// Songs of four singers, of whom dora is for the test.
struct Trial {
  TemporaryDirectory directory;
  std::string data = directory / "songs", model = directory / "model", page = directory / "page.html";

  Trial() {
    std::filesystem::create_directory(data);
    const std::array<std::pair<const char*, double>, 4> singers{
        {{"ann", 480}, {"bob", 520}, {"cy", 510}, {"dora", 500}}};
    for (const auto& [singer, pitch] : singers)
      for (std::uint64_t take = 0; take < 40; ++take) {
        const unroll::Random random = unroll::Random(take).split(static_cast<std::uint64_t>(pitch));
        std::vector<std::size_t> notes(1 + random.bits(0) % 3);
        std::string text;
        for (std::size_t i = 0; i < notes.size(); ++i) {
          notes[i] = random.bits(i + 1) % 3;
          text += (i > 0 ? " " : "") + std::string(words[notes[i]]);
        }
        const std::string name = std::string(singer) + "_" + std::to_string(take);
        audio::write_wav(data + "/" + name + ".wav", sing(notes, pitch));
        std::ofstream(data + "/" + name + ".txt") << text;
      }
  }
  Result train(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{
        "train",     "--data",      data,          "--test-speakers",      "dora",
        "--model",   model,         "--hidden=24", "--layers=1",           "--filters=20",
        "--batch=8", "--epochs=30", "--dropout=0", "--learning-rate=0.02", "--page",
        page};
    std::move(more.begin(), more.end(), std::back_inserter(arguments));
    return speech(arguments);
  }
  std::string song(const std::vector<std::size_t>& notes) const {
    audio::write_wav(directory / "song.wav", sing(notes, 505));
    return directory / "song.wav";
  }
};

}  // namespace

TEST_CASE("speech learns what singers sing, and writes what another one sings") {
  const Trial trial;
  const Result result = trial.train({"--json"});
  CAPTURE(result.errors);
  REQUIRE(result.code == 0);
  const auto json = nlohmann::json::parse(result.output);
  CHECK(json.at("word error rate") < 20);
  CHECK(json.at("word error rate, most frequent text") > 50);
  CHECK_THAT(program::content_of(trial.page), Contains("</svg>"));

  const Result again =
      speech({"evaluate", "--data", trial.data, "--test-speakers=dora", "--model", trial.model, "--json"});
  REQUIRE(again.code == 0);
  CHECK(nlohmann::json::parse(again.output).at("word error rate") == json.at("word error rate"));

  CHECK(speech({"transcribe", trial.song({2, 0, 1}), "--model", trial.model}).output == "mi do re\n");
  CHECK(speech({"transcribe", "-", "--model", trial.model}, program::content_of(trial.song({1, 1}))).output
        == "re re\n");
  std::ofstream(trial.directory / "words") << "do\nmi\n";
  const Result steered =
      speech({"transcribe", trial.song({0, 2}), "--model", trial.model, "--words", trial.directory / "words"});
  CHECK(steered.output == "do mi\n");
}

TEST_CASE("speech writes while somebody sings, with a model that reads forward alone") {
  const Trial trial;
  const Result result = trial.train({"--one-directional", "--json"});
  CAPTURE(result.errors);
  REQUIRE(result.code == 0);
  CHECK(nlohmann::json::parse(result.output).at("word error rate") < 40);
  const std::string song = trial.song({0, 2, 0});
  const std::string whole = speech({"transcribe", song, "--model", trial.model}).output;
  CHECK(whole == "do mi do\n");
  CHECK(speech({"transcribe", "-", "--model", trial.model}, program::content_of(song)).output == whole);
}

TEST_CASE("speech ends with 4 when it is worse than expected, and wrong usage or data end with their code") {
  const Trial trial;
  const Result worse = trial.train({"--expect=0", "--seed=2", "--weight-noise=3"});
  CHECK(worse.code == 4);
  CHECK_THAT(worse.errors, Contains("speech: error: word error rate is") && Contains("expected at most"));
  const TemporaryDirectory other;
  const std::string fresh = trial.directory / "new", wrong = other / "no_1.wav";
  std::ofstream(wrong) << "no sound";
  std::ofstream(other / "no_1.txt") << "no";
  struct Bad {
    std::vector<std::string> arguments;
    int code;
    std::string message;
  };
  const std::vector<Bad> all{{{}, 2, "expected train, evaluate or transcribe"},
                             {{"train"}, 2, "--data is missing"},
                             {{"train", "--data", trial.data, "--model", trial.model}, 2, "exists already"},
                             {{"train", "--data", trial.data, "--test-speakers=eve", "--model", fresh}, 2, "eve"},
                             {{"train", "--data", other / "", "--model", fresh}, 3, "no_1.wav"},
                             {{"train", "--data", "/nowhere", "--model", fresh}, 1, "/nowhere"},
                             {{"transcribe", wrong, "--model", trial.model}, 3, "no_1.wav"},
                             {{"transcribe", trial.song({0}), "--model", wrong}, 3, "no_1.wav"},
                             {{"transcribe", "--model", trial.model}, 2, "FILE is missing"}};
  for (const Bad& bad : all) {
    const Result result = speech(bad.arguments);
    CAPTURE(bad.arguments, result.errors);
    CHECK(result.code == bad.code);
    CHECK_THAT(result.errors, Contains("speech: error: ") && Contains(bad.message));
  }
}
