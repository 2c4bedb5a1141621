#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/length_buckets.hpp>

#include <vector>

using namespace unroll;
using Catch::Contains;
using detail::LengthBuckets;

TEST_CASE("examples that a batch cannot hold, and options of 0, are refused") {
  const std::vector<std::size_t> lengths{3, 9, 2};
  CHECK_THROWS_WITH(LengthBuckets({.lengths = {}, .batch = 2}),
                    Contains("bucketed_examples: 0 examples in batches of 2 given, expected at least 1 each"));
  CHECK_THROWS_WITH(LengthBuckets({.lengths = lengths, .batch = 0}), Contains("3 examples in batches of 0"));
  CHECK_THROWS_WITH(LengthBuckets({.lengths = lengths, .batch = 2, .buckets = 0}), Contains("0 buckets given"));
  CHECK_THROWS_WITH(LengthBuckets({.lengths = lengths}), Contains("neither batch nor padded_steps given"));
  CHECK_THROWS_WITH(LengthBuckets({.lengths = lengths, .padded_steps = 8}),
                    Contains("example 1 of 9 steps given for batches of at most 8 padded steps"));
  CHECK_THROWS_AS(LengthBuckets({.lengths = lengths, .padded_steps = 0}), ArgumentError);
  CHECK(LengthBuckets({.lengths = lengths, .padded_steps = 9}).batches() == 2);
}

TEST_CASE("lengths and limits of any size are counted without overflow") {
  const std::size_t large = std::size_t(1) << 62, largest = std::size_t(-1);
  const std::vector<std::size_t> lengths{0, 1, std::size_t(1) << 31, large, large, largest - 1, 0};
  LengthBuckets each({.lengths = lengths, .padded_steps = largest - 1});
  each.begin_epoch(Random(1));
  for (std::size_t batch = 0; batch < each.batches(); ++batch)
    CHECK((each.longest_of(batch) == 0 || each.examples_of(batch).size() <= (largest - 1) / each.longest_of(batch)));
  CHECK(each.padding() >= 0);
  CHECK(each.padding() < 1);
  LengthBuckets all({.lengths = lengths, .batch = large, .buckets = largest});
  CHECK(all.batches() == 1);
  CHECK(all.longest_of(0) == largest - 1);
}

TEST_CASE("examples without steps are examples") {
  LengthBuckets empty({.lengths = {0, 0, 0}, .padded_steps = 0});
  CHECK(empty.batches() == 1);
  CHECK(empty.padding() == 0);
}

TEST_CASE("a checkpoint knows the lengths and the limits") {
  const auto settings = LengthBuckets({.lengths = {1, 2}, .batch = 3, .padded_steps = 4, .buckets = 5}).settings();
  CHECK(settings.at("batch") == "3");
  CHECK(settings.at("padded_steps") == "4");
  CHECK(settings.at("buckets") == "5");
  CHECK(LengthBuckets({.lengths = {2, 1}, .batch = 3}).settings().at("lengths") != settings.at("lengths"));
}
