#include "character_model/batches.hpp"

#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>

#include <numeric>

using namespace character_model;
using Catch::Contains;
using unroll::Tensor;

namespace {

/// A text in which every token is its own place: what is read shows where it was read.
std::vector<int> places(std::size_t count) {
  std::vector<int> tokens(count);
  std::iota(tokens.begin(), tokens.end(), 0);
  return tokens;
}

}  // namespace

TEST_CASE("the target of every position is the next character") {
  const auto [length, count, steps] =
      GENERATE(table<std::size_t, std::size_t, std::size_t>({{101, 4, 5}, {100, 3, 7}, {2, 1, 1}, {9, 8, 3}}));
  const auto tokens = places(length);
  const Streams streams(tokens, count, steps);
  Tensor<int> inputs, targets;
  for (std::size_t window = 0; window < streams.windows(); ++window) {
    streams.read(window, 0, count, inputs, targets);
    REQUIRE(inputs.shape() == unroll::Shape{streams.steps(window), count});
    REQUIRE(targets.shape() == inputs.shape());
    for (std::size_t i = 0; i < inputs.size(); ++i) CHECK(targets[i] == inputs[i] + 1);
  }
}

TEST_CASE("windows go on where the last one ended, in every stream") {
  const auto tokens = places(50);
  const Streams streams(tokens, 3, 5);  // 16 characters a stream: windows of 5, 5, 5 and 1
  REQUIRE(streams.windows() == 4);
  CHECK(streams.steps(3) == 1);
  Tensor<int> inputs, targets;
  std::vector<std::vector<int>> read(3);
  for (std::size_t window = 0; window < streams.windows(); ++window) {
    streams.read(window, 0, 3, inputs, targets);
    for (std::size_t t = 0; t < streams.steps(window); ++t)
      for (std::size_t n = 0; n < 3; ++n) read[n].push_back(inputs.at({t, n}));
  }
  for (std::size_t n = 0; n < 3; ++n) {
    CHECK(read[n].size() == 16);
    for (std::size_t i = 0; i < 16; ++i) CHECK(read[n][i] == static_cast<int>(n * 16 + i));
  }
}

TEST_CASE("some streams of a window are columns of the whole window") {
  const auto tokens = places(60);
  const Streams streams(tokens, 5, 4);
  Tensor<int> all, part, targets;
  streams.read(1, 0, 5, all, targets);
  streams.read(1, 2, 3, part, targets);
  for (std::size_t t = 0; t < 4; ++t)
    for (std::size_t n = 0; n < 3; ++n) CHECK(part.at({t, n}) == all.at({t, n + 2}));
}

TEST_CASE("no character of the validation part is trained on") {
  const auto tokens = places(1000);
  const Split parts = split(tokens, 0.05);
  CHECK(parts.validation.size() == 50);
  CHECK(parts.training.size() == 950);
  const Streams streams(parts.training, 7, 10);
  Tensor<int> inputs, targets;
  for (std::size_t window = 0; window < streams.windows(); ++window) {
    streams.read(window, 0, 7, inputs, targets);
    for (const int token : targets) CHECK(token < parts.validation.front());
  }
  CHECK(split(tokens, 0).validation.empty());
  CHECK(split(tokens, 1).validation.size() == 1000);
}

TEST_CASE("a text that is too short is told what it lacks") {
  CHECK_THROWS_WITH(expect_long_enough("book", 0, 0.05, 32, 64), Contains("empty") && Contains("at least 2049"));
  CHECK_THROWS_WITH(expect_long_enough("book", 100, 0.05, 32, 64),
                    Contains("95 characters to train on") && Contains("at least 2049") && Contains("lower --batch"));
  CHECK_THROWS_WITH(expect_long_enough("book", 100, 0.01, 1, 1),
                    Contains("keeps 1 of its 100") && Contains("--validation"));
  CHECK_THROWS_WITH(expect_long_enough("book", 100, 0.05, 32, 64, "--k1"),
                    Contains("--batch 32 x --k1 64; lower --batch or --k1"));
  CHECK_NOTHROW(expect_long_enough("book", 100, 0.05, 1, 94));
  CHECK_THROWS_AS(expect_long_enough("book", 100, 0.05, 1, 95), unroll::ArgumentError);
  CHECK_NOTHROW(expect_long_enough("book", 2, 0, 1, 1));
  const auto tokens = places(4);
  CHECK_THROWS_WITH(Streams(tokens, 4, 1), Contains("4 characters given, expected at least 5"));
}

TEST_CASE("short texts are measured in fewer streams") {
  CHECK(streams_for_measuring(2) == 1);
  CHECK(streams_for_measuring(5120) == 10);
  CHECK(streams_for_measuring(1000000) == 64);
}
