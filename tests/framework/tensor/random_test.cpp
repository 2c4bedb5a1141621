#include "support/catch.hpp"
#include <unroll/framework/tensor/random.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <vector>

using namespace unroll;

// Counter and key 0, from the known-answer file of the authors' Random123 library (philox4x32-10).
TEST_CASE("the bits are Philox4x32-10's, as its authors publish them", "[random]") {
  const Random zero(0);
  const std::uint32_t published[] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  for (std::uint64_t i = 0; i < 4; ++i) CHECK(zero.bits(i) == published[i]);
}

TEST_CASE("a number depends on its key and position alone", "[random]") {
  const Random random(42);
  const double late = random.normal(1000);
  for (std::uint64_t i = 0; i < 1000; ++i) static_cast<void>(random.normal(i));
  CHECK(random.normal(1000) == late);
  CHECK(Random(42).uniform(7) == random.uniform(7));
  CHECK(Random(43).uniform(7) != random.uniform(7));
}

TEST_CASE("streams are independent of each other and of their parent", "[random]") {
  std::set<std::uint64_t> keys{Random(1).key()};
  for (std::uint64_t i = 0; i < 1000; ++i) keys.insert(Random(1).split(i).key());
  for (std::uint64_t i = 0; i < 10; ++i) keys.insert(Random(1).split(0).split(i).key());
  CHECK(keys.size() == 1011);
  double correlation = 0;
  const Random a = Random(1).split(0), b = Random(1).split(1);
  for (std::uint64_t i = 0; i < 10000; ++i) correlation += a.normal(i) * b.normal(i);
  CHECK(std::abs(correlation / 10000) < 0.05);
}

TEST_CASE("uniform numbers fill an interval that is wider than the largest double", "[random]") {
  constexpr double largest = std::numeric_limits<double>::max();
  const auto wide = uniform<double>(Random(3), {1000}, -largest, largest),
             unit = uniform<double>(Random(3), {1000}, -1, 1);
  for (std::size_t i = 0; i < wide.size(); ++i) CHECK(wide[i] / largest == Approx(unit[i]).margin(1e-15));
}

TEST_CASE("uniform numbers fill their interval evenly", "[random]") {
  const auto numbers = uniform<double>(Random(3), {100000}, -2, 6);
  std::vector<int> counts(16);
  for (const double number : numbers) {
    REQUIRE(number >= -2);
    REQUIRE(number < 6);
    ++counts[static_cast<std::size_t>((number + 2) * 2)];
  }
  double chi_square = 0;
  for (const int count : counts) chi_square += (count - 6250.0) * (count - 6250.0) / 6250.0;
  CHECK(chi_square < 37.7);  // 15 degrees of freedom, 1 in 1000
}

TEST_CASE("normal numbers have the moments of a normal distribution", "[random]") {
  const auto numbers = normal<double>(Random(4), {200000}, 1, 3);
  double mean = 0, variance = 0, fourth = 0;
  for (const double number : numbers) mean += number / 200000;
  for (const double number : numbers) variance += std::pow(number - mean, 2) / 200000;
  for (const double number : numbers) fourth += std::pow((number - mean) / 3, 4) / 200000;
  CHECK(mean == Approx(1).margin(0.03));
  CHECK(variance == Approx(9).margin(0.15));
  CHECK(fourth == Approx(3).margin(0.1));
}

TEST_CASE("a float tensor is the double one, rounded", "[random]") {
  CHECK(normal<float>(Random(5), {50}) == cast<float>(normal<double>(Random(5), {50})));
}

TEST_CASE("a permutation has every index once, and is another for each stream", "[random]") {
  const Random random(3);
  for (const std::size_t count : {0, 1, 2, 3, 100}) {
    auto order = random.permutation(count);
    CHECK(order == random.permutation(count));
    std::ranges::sort(order);
    for (std::size_t i = 0; i < count; ++i) CHECK(order[i] == i);
    CHECK(order.size() == count);
  }
  CHECK(random.permutation(100) != random.split(1).permutation(100));
}

TEST_CASE("each permutation is as likely as any other", "[random]") {
  constexpr std::size_t draws = 24000;
  std::map<std::vector<std::size_t>, std::size_t> counts;
  for (std::size_t draw = 0; draw < draws; ++draw) ++counts[Random(5).split(draw).permutation(4)];
  CHECK(counts.size() == 24);
  double chi_squared = 0;
  for (const auto& [order, count] : counts) chi_squared += std::pow(static_cast<double>(count) - 1000, 2) / 1000;
  CHECK(chi_squared < 50);  // 23 degrees of freedom: 1 in 1000
}
