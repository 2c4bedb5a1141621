#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/tensor.hpp>

using namespace unroll;
using Catch::Matchers::Contains;

TEST_CASE("a tensor is a value: copies are deep, and a moved-from one is empty", "[tensor]") {
  Tensor<> a({2, 2}, {1, 2, 3, 4});
  Tensor<> b = a;
  b.at({0, 1}) = 9;
  CHECK(a.at({0, 1}) == 2);
  const Tensor<> c = std::move(b);
  CHECK(c == Tensor<>({2, 2}, {1, 9, 3, 4}));
  CHECK(b.size() == 0);
  CHECK(b.shape() == Shape{0});
  b = a;
  CHECK(b == a);
}

TEST_CASE("a tensor starts at zero or at what is given, and floats are the default", "[tensor]") {
  CHECK(Tensor<>({2}) == Tensor<>({2}, {0, 0}));
  CHECK(Tensor<int>({2}, 7) == Tensor<int>({2}, {7, 7}));
  CHECK(Tensor<>().size() == 0);
  CHECK(Tensor<double>({}, 3.0)[0] == 3);
  STATIC_REQUIRE(std::is_same_v<Tensor<>, Tensor<float>>);
}

TEST_CASE("a tensor casts to another scalar", "[tensor]") {
  CHECK(cast<double>(Tensor<>({2}, {0.5f, 2})) == Tensor<double>({2}, {0.5, 2}));
  CHECK(cast<int>(Tensor<double>({2}, {1.9, -1.9})) == Tensor<int>({2}, {1, -1}));
}

TEST_CASE("assign takes over numbers without new memory when they fit", "[tensor]") {
  Tensor<> a({2, 3});
  const float* const before = a.data();
  a.assign(Tensor<>({5}, 2.0f));
  CHECK(a == Tensor<>({5}, 2.0f));
  CHECK(a.data() == before);
}

TEST_CASE("a wrong number of values, and an index outside, are named", "[tensor][error]") {
  CHECK_THROWS_WITH(Tensor<>({2, 3}, {1, 2}), Contains("2 values given, but shape [2, 3] has 6 elements"));
  CHECK_THROWS_WITH(Tensor<>({3}, {5}), Contains("1 value given, but shape [3] has 3 elements"));
  const Tensor<> a({2, 3});
  CHECK_THROWS_WITH(a.at({2, 0}), Contains("index [2, 0] is outside shape [2, 3]"));
  CHECK_THROWS_AS(a.at({1}), ShapeError);
}
