#include "support/catch.hpp"
#include "support/read_back.hpp"
#include <unroll/models/trainer/bucketed_examples.hpp>

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

using namespace unroll;
using namespace unroll::testing;

namespace {

auto bucketed(const BucketOptions& options) { return bucketed_examples<Indices>(options, gather_indices); }

/// Lengths even in [low, high].
std::vector<std::size_t> lengths_of(std::size_t count, std::size_t low, std::size_t high) {
  std::vector<std::size_t> lengths(count);
  for (std::size_t i = 0; i < count; ++i) lengths[i] = low + Random(9).bits(i) % (high - low + 1);
  return lengths;
}

/// The examples of each batch of an epoch, read in so many parts.
std::vector<std::vector<std::size_t>> epoch(const auto& source, std::size_t parts = 1) {
  std::vector<std::vector<std::size_t>> batches;
  Indices batch;
  for (std::size_t index = 0; index < source.batches(); ++index) {
    batches.emplace_back();
    for (std::size_t part = 0; part < parts; ++part) {
      source.read(index, {part, parts}, batch);
      if (batch.count > 0) batches.back().insert(batches.back().end(), batch.indices.begin(), batch.indices.end());
    }
  }
  return batches;
}

std::size_t longest_of(const std::vector<std::size_t>& lengths, const std::vector<std::size_t>& batch) {
  std::size_t longest = 0;
  for (const std::size_t example : batch) longest = std::max(longest, lengths[example]);
  return longest;
}

}  // namespace

TEST_CASE("an epoch of buckets has each example once, in batches that are no larger than they may be") {
  const auto [count, batch, padded_steps, buckets] =
      GENERATE(table<std::size_t, std::size_t, std::size_t, std::size_t>({{1, 1, 100, 1},
                                                                          {1000, 32, std::size_t(-1), 16},
                                                                          {1000, std::size_t(-1), 400, 8},
                                                                          {1000, 10, 300, 5},
                                                                          {1003, 7, 60, 100000},
                                                                          {50, 8, 200, 1}}));
  CAPTURE(count, batch, padded_steps, buckets);
  const auto lengths = lengths_of(count, 0, 50);
  auto source = bucketed({.lengths = lengths, .batch = batch, .padded_steps = padded_steps, .buckets = buckets});
  const std::size_t batches = source.batches();
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    source.begin_epoch(Random(seed));
    CHECK(source.batches() == batches);
    std::vector<std::size_t> all;
    for (const auto& examples : epoch(source)) {
      CHECK(!examples.empty());
      CHECK(examples.size() <= batch);
      CHECK(examples.size() * longest_of(lengths, examples) <= padded_steps);
      all.insert(all.end(), examples.begin(), examples.end());
    }
    std::sort(all.begin(), all.end());
    std::vector<std::size_t> each(count);
    std::iota(each.begin(), each.end(), 0);
    CHECK(all == each);
  }
}

TEST_CASE("each epoch has batches and an order of its own, and the same again whatever was read before") {
  const auto lengths = lengths_of(500, 1, 50);
  auto source = bucketed({.lengths = lengths, .batch = 16, .buckets = 8});
  source.begin_epoch(Random(1));
  const auto first = epoch(source);
  source.begin_epoch(Random(2));
  const auto second = epoch(source);
  source.begin_epoch(Random(1));
  for (const std::size_t parts : {1u, 2u, 7u, 20u}) CHECK(epoch(source, parts) == first);
  const auto sets_of = [](auto batches) {
    for (auto& batch : batches) std::sort(batch.begin(), batch.end());
    return std::set<std::vector<std::size_t>>(batches.begin(), batches.end());
  };
  for (const auto& batch : sets_of(second)) CHECK(sets_of(first).count(batch) == 0);  // others come together
  std::vector<std::size_t> longest;
  for (const auto& batch : first) longest.push_back(longest_of(lengths, batch));
  CHECK_FALSE(std::is_sorted(longest.begin(), longest.end()));
}

TEST_CASE("buckets save the padding that the documentation says") {
  const auto padding_of = [lengths = lengths_of(10000, 1, 50)](std::size_t buckets) {
    auto source = bucketed({.lengths = lengths, .batch = 32, .buckets = buckets});
    source.begin_epoch(Random(3));
    double padded = 0;
    for (const auto& batch : epoch(source)) padded += static_cast<double>(longest_of(lengths, batch) * batch.size());
    const double steps = std::accumulate(lengths.begin(), lengths.end(), 0.0);
    CHECK(source.padding() == Approx(1 - steps / padded));
    return source.padding();
  };
  CHECK(padding_of(1) == Approx(0.478).margin(0.0005));
  CHECK(padding_of(16) == Approx(0.056).margin(0.0005));
  CHECK(padding_of(32) == Approx(0.028).margin(0.0005));
  CHECK(padding_of(100000) < 0.01);
}

TEST_CASE("one bucket shuffles without regard to lengths") {
  auto lengths = lengths_of(200, 1, 50);
  auto source = bucketed({.lengths = lengths, .batch = 10, .buckets = 1});
  std::sort(lengths.begin(), lengths.end());
  auto sorted = bucketed({.lengths = lengths, .batch = 10, .buckets = 1});
  source.begin_epoch(Random(1)), sorted.begin_epoch(Random(1));
  CHECK(source.batches() == 20);
  CHECK(source.padding() > 0.3);
  CHECK(sorted.padding() > 0.3);
}

TEST_CASE("batches of one bucket are as even as can be") {
  auto source = bucketed({.lengths = std::vector<std::size_t>(68, 5), .batch = 32, .buckets = 1});
  source.begin_epoch(Random(1));
  std::vector<std::size_t> sizes;
  for (const auto& batch : epoch(source)) sizes.push_back(batch.size());
  std::sort(sizes.begin(), sizes.end());
  CHECK(sizes == std::vector<std::size_t>{22, 23, 23});
}

TEST_CASE("a part without examples is not gathered") {
  auto source = bucketed({.lengths = {3, 4}, .batch = 2});
  source.begin_epoch(Random(1));
  Indices batch{.indices = {}, .count = 5};
  source.read(0, {2, 3}, batch);
  CHECK(batch.count == 0);
}
