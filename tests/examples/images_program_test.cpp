#include "examples/program_runner.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/tensor/random.hpp>

#include <nlohmann/json.hpp>

#include <fstream>

using Catch::Contains;
using program::Result;

namespace {

Result images(const std::vector<std::string>& arguments) {
  return program::run(arguments, {.program = IMAGES_PROGRAM});
}

std::string big_endian(unsigned number) {
  return {static_cast<char>(number >> 24U), static_cast<char>(number >> 16U), static_cast<char>(number >> 8U),
          static_cast<char>(number)};
}

/// A synthetic set: images of 8x8 pixels with a bar, which lies (class 0) or stands (class 1), at any of eight places.
/// Mean images of the two classes are nearly the same, so that the baseline can only guess.
struct Trial {
  TemporaryDirectory directory;
  std::string data = directory / "", model = directory / "model", page = directory / "page.html";

  Trial() {
    write_set("train", 400, unroll::Random(1));
    write_set("t10k", 100, unroll::Random(2));
  }
  void write_set(const std::string& name, unsigned count, const unroll::Random& random) const {
    std::ofstream pixels(directory / (name + "-images-idx3-ubyte"), std::ios::binary);
    std::ofstream labels(directory / (name + "-labels-idx1-ubyte"), std::ios::binary);
    pixels << big_endian(0x803) << big_endian(count) << big_endian(8) << big_endian(8);
    labels << big_endian(0x801) << big_endian(count);
    for (unsigned n = 0; n < count; ++n) {
      const unsigned label = random.bits(2 * n) % 2, place = random.bits(2 * n + 1) % 8;
      labels << static_cast<char>(label);
      for (unsigned i = 0; i < 64; ++i) pixels << static_cast<char>((label == 0 ? i / 8 : i % 8) == place ? 200 : 0);
    }
  }
  Result train(std::vector<std::string> more) const {
    std::vector<std::string> arguments{"train",
                                       "--data",
                                       data,
                                       "--hidden=16",
                                       "--classes",
                                       "lies,stands",
                                       "--validation=50",
                                       "--threads=1",
                                       "--batch=16",
                                       "--learning-rate=0.01",
                                       "--average=0.9",
                                       "--force",
                                       "--model",
                                       model,
                                       "--page",
                                       page};
    std::move(more.begin(), more.end(), std::back_inserter(arguments));
    return images(arguments);
  }
};

void expect_learned(const Result& result) {
  CAPTURE(result.errors);
  REQUIRE(result.code == 0);
  const auto json = nlohmann::json::parse(result.output);
  CHECK(json.at("accuracy") > 90);
  CHECK(json.at("accuracy") > json.at("accuracy, nearest mean image").get<double>() + 10);
}

}  // namespace

TEST_CASE("images learns by patches what the nearest mean image cannot tell, and keeps the model") {
  const Trial trial;
  const Result result = trial.train({"--epochs=10", "--json", "--shift=1", "--mirror"});
  expect_learned(result);
  CHECK_THAT(program::content_of(trial.page), Contains("What was taken for what") && Contains("probabilities as it"));
  const Result again = images({"evaluate", "--data", trial.data, "--model", trial.model, "--json"});
  REQUIRE(again.code == 0);
  CHECK(nlohmann::json::parse(again.output).at("accuracy") == nlohmann::json::parse(result.output).at("accuracy"));

  const std::string light = trial.directory / "light.pgm", dark = trial.directory / "dark.pgm";
  std::ofstream light_file(light), dark_file(dark);
  light_file << "P2 16 16 255\n", dark_file << "P2 16 16 255\n";
  for (int i = 0; i < 256; ++i) {
    const bool is_bar = i / 16 == 6 || i / 16 == 7;
    light_file << (is_bar ? 200 : 0) << '\n', dark_file << (is_bar ? 55 : 255) << '\n';
  }
  light_file.close(), dark_file.close();
  const Result found = images({"classify", light, "--model", trial.model});
  CHECK(found.code == 0);
  CHECK_THAT(found.output, Catch::StartsWith("lies "));
  CHECK(images({"classify", dark, "--model", trial.model, "--dark-on-light"}).output == found.output);
}

TEST_CASE("images learns by rows, and pixel by pixel with checkpoints, and says the memory") {
  const Trial trial;
  expect_learned(trial.train({"--by=rows", "--epochs=10", "--json"}));
  const Result by_pixels = trial.train({"--by=pixels", "--epochs=1"});
  CHECK(by_pixels.code == 0);
  CHECK_THAT(by_pixels.errors, Contains("memory: ") && Contains(" MB at most"));
  CHECK_THAT(by_pixels.output, Contains("error of stands"));
}

TEST_CASE("images ends with 4 when it is worse than expected") {
  const Result worse = Trial().train({"--epochs=1", "--learning-rate=0.0", "--expect=99"});
  CHECK(worse.code == 2);  // --learning-rate is there twice
  const Result untrained = Trial().train({"--epochs=0.1", "--expect=100"});
  CHECK(untrained.code == 4);
  CHECK_THAT(untrained.errors, Contains("expected at least 100.00 %"));
}

TEST_CASE("wrong usage of images ends with 2, wrong data or pictures with 3, and each names its flag or file") {
  const Trial trial;
  REQUIRE(trial.train({"--epochs=0.1"}).code == 0);
  const std::string oblong = trial.directory / "oblong.pgm", none = trial.directory / "none";
  std::ofstream(oblong) << "P2 2 1 9 1 2\n";
  struct Bad {
    std::vector<std::string> arguments;
    int code;
    std::string message;
  };
  const std::vector<Bad> all{
      {{}, 2, "no command given, expected train, evaluate or classify"},
      {{"train"}, 2, "--data is missing"},
      {{"train", "--data", trial.data, "--model", trial.model}, 2, "exists already"},
      {{"train", "--data", trial.data, "--model", none, "--patch=3", "--validation=9"}, 2, "--patch: 3 given"},
      {{"train", "--data", trial.data, "--model", none, "--validation=400"}, 2, "--validation: 400 images given"},
      {{"train", "--data", trial.data, "--model", none, "--classes=one"}, 3, "expected one from 0 to 0"},
      {{"train", "--data", "/nowhere", "--model", none}, 1, "/nowhere"},
      {{"evaluate", "--data", trial.data, "--model", oblong}, 3, "oblong.pgm"},
      {{"classify", "--model", trial.model}, 2, "FILE is missing"},
      {{"classify", "--model", trial.model, oblong}, 2, "1x2 pixels"},
      {{"classify", "--model", trial.model, trial.model}, 3, "neither a PNG nor a PGM"}};
  for (const Bad& bad : all) {
    const Result result = images(bad.arguments);
    CAPTURE(bad.arguments, result.errors);
    CHECK(result.code == bad.code);
    CHECK_THAT(result.errors, Contains("images: error: ") && Contains(bad.message));
  }
}
