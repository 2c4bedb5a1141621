#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/tensor.hpp>
#include <unroll/models/trainer/drawn_batches.hpp>

using namespace unroll;
using Catch::Contains;

namespace {

struct Numbers {
  Tensor<float> numbers;
  std::size_t count = 0;
};
constexpr auto draw = [](const Random& random, std::size_t count, Numbers& to) {
  to = {uniform(random, {count}), count};
};
auto numbers(std::size_t batches, std::size_t batch) {
  return drawn_batches<Numbers>({.batches = batches, .batch = batch}, draw);
}
Tensor<float> read(const auto& source, std::size_t batch, BatchPart part = {}) {
  Numbers to;
  source.read(batch, part, to);
  return to.numbers;
}

}  // namespace

TEST_CASE("batches, parts and epochs are drawn anew, and the same again from the same random numbers") {
  auto source = numbers(10, 7);
  CHECK(source.batches() == 10);
  source.begin_epoch(Random(1));
  const auto first = read(source, 0);
  CHECK(first.size() == 7);
  CHECK(read(source, 0) == first);
  CHECK_FALSE(read(source, 1) == first);
  CHECK(read(source, 0, {0, 3}).size() == 3);
  CHECK(read(source, 0, {2, 3}).size() == 2);
  CHECK(read(source, 0, {1, 3})[0] != read(source, 0, {2, 3})[0]);
  source.begin_epoch(Random(2));
  CHECK_FALSE(read(source, 0) == first);
  source.begin_epoch(Random(1));
  CHECK(read(source, 0) == first);
}

TEST_CASE("a part without examples is not drawn") {
  Numbers to{.numbers = Tensor<float>({1}), .count = 5};
  numbers(1, 2).read(0, {2, 3}, to);
  CHECK(to.count == 0);
}

TEST_CASE("no batches, and batches without examples, are refused") {
  CHECK_THROWS_WITH(numbers(0, 3), Contains("drawn_batches: 0 batches of 3 given, expected at least 1 each"));
  CHECK_THROWS_WITH(numbers(3, 0), Contains("3 batches of 0 given"));
}
