#include "support/catch.hpp"
#include <unroll/models/trainer/bucketed_examples.hpp>
#include <unroll/models/trainer/gathering.hpp>
#include <unroll/models/trainer/shuffled_examples.hpp>

#include <map>
#include <vector>

using namespace unroll;

namespace {

/// Examples that changed at random: the number that was drawn for each.
struct Changed {
  std::map<std::size_t, double> drawn;
  std::size_t count = 0;
};
constexpr auto change = [](std::span<const std::size_t> indices, Changed& to, const Random& random) {
  to = {{}, indices.size()};
  for (const std::size_t index : indices) to.drawn[index] = random.split(index).uniform(0);
};

auto shuffled() { return shuffled_examples<Changed>({.examples = 20, .batch = 6}, change); }
auto bucketed() {
  std::vector<std::size_t> lengths(20);
  for (std::size_t i = 0; i < lengths.size(); ++i) lengths[i] = 1 + i * i % 7;
  return bucketed_examples<Changed>({.lengths = lengths, .batch = 6}, change);
}

/// What was drawn for all examples of an epoch that is read in so many parts.
std::map<std::size_t, double> epoch(auto source, const Random& random, std::size_t parts) {
  source.begin_epoch(random);
  std::map<std::size_t, double> all;
  Changed batch;
  for (std::size_t index = 0; index < source.batches(); ++index)
    for (std::size_t part = 0; part < parts; ++part) {
      source.read(index, {part, parts}, batch);
      if (batch.count > 0) all.insert(batch.drawn.begin(), batch.drawn.end());
    }
  return all;
}

void check_changes(auto source) {
  const auto first = epoch(source, Random(1), 1);
  CHECK(first.size() == 20);
  for (std::size_t parts = 2; parts < 9; ++parts) CHECK(epoch(source, Random(1), parts) == first);
  const auto second = epoch(source, Random(2), 1);
  for (const auto& [index, drawn] : first) CHECK(second.at(index) != drawn);
}

}  // namespace

TEST_CASE("examples that change at random are others in each epoch, and the same whatever the parts") {
  check_changes(shuffled());
  check_changes(bucketed());
}

TEST_CASE("a gather that takes random numbers gets others than those of the order of examples") {
  const Random random(5);
  const Random changes = detail::changes_of(random);
  CHECK(changes.bits(0) != random.bits(0));
  for (std::uint64_t stream = 0; stream < 100; ++stream) CHECK(changes.bits(0) != random.split(stream).bits(0));
}

TEST_CASE("a gather is called with or without random numbers, and not for no examples") {
  int calls = 0;
  Changed batch{{{1, 2}}, 1};
  const auto plain = [&](std::span<const std::size_t> indices, Changed& to) { ++calls, to.count = indices.size(); };
  const std::vector<std::size_t> three{4, 5, 6};
  detail::gather_examples(plain, three, batch, Random(0));
  CHECK(calls == 1);
  CHECK(batch.count == 3);
  detail::gather_examples(plain, std::span<const std::size_t>(), batch, Random(0));
  CHECK(calls == 1);
  CHECK(batch.count == 0);
  detail::gather_examples(change, three, batch, Random(3));
  CHECK(batch.drawn.at(5) == Random(3).split(5).uniform(0));
  STATIC_REQUIRE(GatherOf<decltype(plain), Changed>);
  STATIC_REQUIRE(GatherOf<decltype(change), Changed>);
  STATIC_REQUIRE_FALSE(GatherOf<decltype(plain), int>);
}
