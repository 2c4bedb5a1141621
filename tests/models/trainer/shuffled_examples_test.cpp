#include "support/catch.hpp"
#include "support/read_back.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/shuffled_examples.hpp>

#include <algorithm>
#include <numeric>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

auto examples(std::size_t count, std::size_t batch) {
  return shuffled_examples<Indices>({.examples = count, .batch = batch}, gather_indices);
}

/// All indices of an epoch, as they are read in so many parts.
template <class Source>
std::vector<std::size_t> epoch(const Source& source, std::size_t parts) {
  std::vector<std::size_t> all;
  Indices batch;
  for (std::size_t index = 0; index < source.batches(); ++index)
    for (std::size_t part = 0; part < parts; ++part) {
      source.read(index, {part, parts}, batch);
      if (batch.count > 0) all.insert(all.end(), batch.indices.begin(), batch.indices.end());
    }
  return all;
}

}  // namespace

TEST_CASE("an epoch has each example once, in an order that no number of parts changes") {
  const auto [count, batch] = GENERATE(table<std::size_t, std::size_t>({{1, 1}, {10, 3}, {12, 4}, {5, 9}, {100, 7}}));
  auto source = examples(count, batch);
  CHECK(source.batches() == (count + batch - 1) / batch);
  source.begin_epoch(Random(3));
  const auto whole = epoch(source, 1);
  for (std::size_t parts = 2; parts < 12; ++parts) CHECK(epoch(source, parts) == whole);
  auto sorted = whole;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::size_t> each(count);
  std::iota(each.begin(), each.end(), 0);
  CHECK(sorted == each);
}

TEST_CASE("each epoch has an order of its own, and the same again from the same random numbers") {
  auto source = examples(100, 10);
  source.begin_epoch(Random(1));
  const auto first = epoch(source, 1);
  source.begin_epoch(Random(2));
  CHECK(epoch(source, 1) != first);
  source.begin_epoch(Random(1));
  CHECK(epoch(source, 1) == first);
}

TEST_CASE("no examples, and batches without examples, are refused") {
  CHECK_THROWS_WITH(examples(0, 3), Contains("shuffled_examples: 0 examples in batches of 3 given, expected at least"));
  CHECK_THROWS_WITH(examples(3, 0), Contains("3 examples in batches of 0"));
}
