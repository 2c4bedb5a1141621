#include "character_model/split.hpp"

#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>

#include <numeric>

using namespace character_model;
using Catch::Contains;

namespace {

/// A text in which every token is its own place: what is read shows where it was read.
std::vector<int> places(std::size_t count) {
  std::vector<int> tokens(count);
  std::iota(tokens.begin(), tokens.end(), 0);
  return tokens;
}

}  // namespace

TEST_CASE("no character of the validation part is trained on") {
  const auto tokens = places(1000);
  const Split parts = split(tokens, 0.05);
  CHECK(parts.validation.size() == 50);
  CHECK(parts.training.size() == 950);
  CHECK(parts.training.first_in_whole() == 0);
  CHECK(parts.validation.first_in_whole() == 950);
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
}
