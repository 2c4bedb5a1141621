#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/shape.hpp>

#include <array>
#include <span>

using namespace unroll;
using Catch::Matchers::Contains;

TEST_CASE("a shape knows its size, its rank, and the blocks around an axis", "[shape]") {
  const Shape shape{2, 3, 4};
  CHECK(shape.rank() == 3);
  CHECK(shape.size() == 24);
  CHECK(shape.back() == 4);
  CHECK(shape.before(0) == 1);
  CHECK(shape.before(2) == 6);
  CHECK(shape.after(0) == 12);
  CHECK(shape.after(2) == 1);
  CHECK(Shape{}.size() == 1);
  CHECK(Shape{}.back() == 1);
  CHECK(Shape{5, 0, 2}.size() == 0);
}

TEST_CASE("a shape with an axis changed, taken out or put in", "[shape]") {
  const Shape shape{2, 3, 4};
  CHECK(shape.with(1, 7) == Shape{2, 7, 4});
  CHECK(shape.without(0) == Shape{3, 4});
  CHECK(shape.without(2) == Shape{2, 3});
  CHECK(shape.inserted(0, 9) == Shape{9, 2, 3, 4});
  CHECK(shape.inserted(3, 9) == Shape{2, 3, 4, 9});
  CHECK_FALSE(Shape{2, 3} == Shape{3, 2});
  CHECK_FALSE(Shape{2} == Shape{2, 1});
}

TEST_CASE("shapes print themselves, with axis letters when asked", "[shape]") {
  CHECK(to_string(Shape{2, 3}) == "[2, 3]");
  CHECK(to_string(Shape{}) == "[]");
  CHECK(describe({2, 3}, "TN") == "[T=2, N=3]");
  CHECK(describe({2, 3}, "T") == "[T=2, 3]");
}

TEST_CASE("impossible shapes are refused", "[shape][error]") {
  CHECK_THROWS_WITH((Shape{1, 1, 1, 1, 1, 1, 1}), Contains("7 axes given, at most 6"));
  CHECK_THROWS_WITH((Shape{std::size_t(1) << 40, std::size_t(1) << 40}), Contains("more elements than can be counted"));
}

TEST_CASE("extents beside a 0 are counted too, wherever it stands", "[shape][error]") {
  constexpr std::size_t large = std::size_t{1} << 40;
  for (const auto& extents : {std::array{large, large, std::size_t{0}}, std::array{large, std::size_t{0}, large},
                              std::array{std::size_t{0}, large, large}})
    CHECK_THROWS_WITH(Shape(std::span<const std::size_t>(extents)), Contains("more elements than can be counted"));
  CHECK(Shape{large, 0, 7}.size() == 0);
  CHECK(Shape{0, large, 7}.after(0) == 7 * large);
}

TEST_CASE("an axis is counted from the front or the back, and named when it is not there", "[shape][error]") {
  CHECK(resolve_axis("op", {2, 3}, -1) == 1);
  CHECK(resolve_axis("op", {2, 3}, 0) == 0);
  CHECK_THROWS_WITH(resolve_axis("flip", {2, 3}, 2), Contains("flip: axis 2 given, but [2, 3] has 2 axes"));
  CHECK_THROWS_AS(resolve_axis("flip", {2, 3}, -3), ShapeError);
}

TEST_CASE("a part beyond the end of a whole is named", "[shape][error]") {
  CHECK_NOTHROW(expect_within("view", {2, 3}, 4, {2}));
  CHECK_NOTHROW(expect_within("view", {2, 3}, 6, {0}));
  CHECK_THROWS_WITH(expect_within("view", {2, 3}, 5, {2}),
                    Contains("view: [2] from number 5 on is beyond the end of [2, 3]"));
  CHECK_THROWS_AS(expect_within("view", {2, 3}, 7, {0}), ShapeError);
}

TEST_CASE("differing shapes are named with a likely cause", "[shape][error]") {
  CHECK_NOTHROW(expect_same_shape("+", {2, 3}, {2, 3}));
  CHECK_THROWS_WITH(expect_same_shape("+", {2, 3}, {3, 2}),
                    Contains("+: shapes differ: left [2, 3], right [3, 2]") && Contains("transpose"));
  CHECK_THROWS_WITH(expect_same_shape("+", {2, 3}, {3}), Contains("nothing is broadcast silently"));
  CHECK_THROWS_WITH(expect_same_shape("+", {2, 3}, {2, 4}), Contains("features differ"));
  // Whatever is named, one thing or several: the sentence is right.
  CHECK_THROWS_WITH(expect_axes("mean_over_time", "the sequences", {2, 3}, "TND"),
                    "mean_over_time: the sequences of shape [2, 3] given, expected 3 axes: [T, N, D]");
}

TEST_CASE("a flat position is told as one index an axis", "[shape]") {
  CHECK(index_text({4, 3}, 0) == "[0, 0]");
  CHECK(index_text({4, 3}, 10) == "[3, 1]");
  CHECK(index_text({5}, 4) == "[4]");
  CHECK(index_text({}, 0) == "[]");
}

TEST_CASE("every function of a shape refuses an axis that the shape has not", "[shape][error]") {
  const Shape shape{2, 3};
  const auto past = Contains("of [2, 3] asked for, which has 2");
  for (const std::size_t axis : {std::size_t{2}, std::size_t{6}, std::size_t{100}, static_cast<std::size_t>(-1)}) {
    CHECK_THROWS_WITH(shape[axis], past);
    CHECK_THROWS_WITH(shape.after(axis), past);
    CHECK_THROWS_WITH(shape.with(axis, 1), past);
    CHECK_THROWS_WITH(shape.without(axis), past);
    if (axis == 2) continue;  // before it is all, and an axis can be put in there
    CHECK_THROWS_WITH(shape.before(axis), past);
    CHECK_THROWS_WITH(shape.inserted(axis, 1), past);
  }
  CHECK(shape.before(2) == 6);
  CHECK(shape.inserted(2, 5) == Shape{2, 3, 5});
  CHECK_THROWS_AS(Shape{}[0], ShapeError);
}
