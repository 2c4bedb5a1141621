#include "support/catch.hpp"
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/ops/matmul.hpp>

using namespace unroll;
using Catch::Matchers::Contains;

TEST_CASE("matmul multiplies rows by columns", "[matmul]") {
  Tape tape;
  const auto y = matmul(tape.constant(Tensor<>({2, 3}, {1, 2, 3, 4, 5, 6})), Tensor<>({3, 2}, {1, 0, 0, 1, 1, 1}));
  CHECK(Tensor<>(y.value()) == Tensor<>({2, 2}, {1 + 3, 2 + 3, 4 + 6, 5 + 6}));
}

TEST_CASE("matmul of a time-major sequence equals matmul of each step", "[matmul]") {
  Tape<double> tape;
  const auto x = normal<double>(Random(1), {4, 3, 5}), w = normal<double>(Random(2), {5, 2});
  const auto whole = matmul(tape.constant(x), w);
  REQUIRE(whole.shape() == Shape{4, 3, 2});
  for (std::size_t t = 0; t < 4; ++t) {
    const auto step = matmul(tape.constant(TensorView<const double>(x.data() + t * 15, {3, 5})), w);
    for (std::size_t i = 0; i < 6; ++i) CHECK(whole.value()[t * 6 + i] == Approx(step.value()[i]).epsilon(1e-14));
  }
}

TEST_CASE("matmul: the tape's gradients agree with central differences", "[matmul][gradient]") {
  const auto a = GENERATE(Shape{3, 4}, Shape{1, 4}, Shape{2, 3, 4}, Shape{0, 4}, Shape{4});
  const auto report = check_gradients([](auto&, auto in) { return matmul(in[0], in[1]); },
                                      {normal<double>(Random(1), a), normal<double>(Random(2), {4, GENERATE(1u, 3u)})});
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("matmul of a batch equals matmul of each of its matrices", "[matmul]") {
  const auto [rows, inner, columns] = GENERATE(table<std::size_t, std::size_t, std::size_t>(
      {{3, 5, 2}, {17, 1, 33}, {33, 17, 1}, {1, 9, 20}, {1, 1, 1}, {2, 0, 3}}));
  Tape<double> tape;
  const auto a = normal<double>(Random(1), {2, 3, rows, inner}), b = normal<double>(Random(2), {2, 3, inner, columns});
  const auto y = matmul(tape.constant(a), b);
  REQUIRE(y.shape() == Shape{2, 3, rows, columns});
  for (std::size_t i = 0; i < y.shape().size(); ++i) {
    const std::size_t column = i % columns, row = i / columns % rows, matrix = i / columns / rows;
    double expected = 0;
    for (std::size_t k = 0; k < inner; ++k)
      expected += a[(matrix * rows + row) * inner + k] * b[(matrix * inner + k) * columns + column];
    CHECK(y.value()[i] == Approx(expected).epsilon(1e-13).margin(1e-14));
  }
}

TEST_CASE("matmul of a batch: the tape's gradients agree with central differences", "[matmul][gradient]") {
  const auto [rows, inner, columns] = GENERATE(table<std::size_t, std::size_t, std::size_t>(
      {{3, 4, 2}, {3, 1, 17}, {9, 3, 1}, {1, 3, 4}, {0, 3, 2}, {2, 0, 3}, {2, 3, 0}}));
  const auto report =
      check_gradients([](auto&, auto in) { return matmul(in[0], in[1]) + matmul(in[0] * in[0], in[1]); },
                      {normal<double>(Random(1), {2, rows, inner}), normal<double>(Random(2), {2, inner, columns})});
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("matmul of a batch names both shapes and the likely cause", "[matmul][error]") {
  Tape tape;
  const auto x = tape.zeros({2, 3, 4});
  CHECK_THROWS_WITH(matmul(x, Tensor<>({5, 4, 6})),
                    Contains("matmul: batches differ: left [2, 3, 4] by right [5, 4, 6]")
                        && Contains("nothing is broadcast silently"));
  CHECK_THROWS_WITH(matmul(x, Tensor<>({1, 4, 6})), Contains("batches differ"));
  CHECK_THROWS_WITH(matmul(tape.zeros({3, 4}), Tensor<>({2, 4, 6})), Contains("left [3, 4] by right [2, 4, 6]"));
  CHECK_THROWS_WITH(matmul(tape.zeros({}), Tensor<>({2, 4, 6})), Contains("left [] by right [2, 4, 6]"));
  CHECK_THROWS_WITH(matmul(x, Tensor<>({2, 6, 4})), Contains("forget to transpose the right"));
  CHECK_THROWS_WITH(matmul(x, Tensor<>({2, 5, 6})),
                    Contains("inner sizes differ: left [2, 3, 4] by right [2, 5, 6]") && Contains("last but one"));
  CHECK_THROWS_AS(matmul(x, Tensor<>({2, 5, 6})), ShapeError);
}

TEST_CASE("matmul names both shapes, their axes and the likely cause", "[matmul][error]") {
  Tape tape;
  const auto x = tape.zeros({32, 64});
  CHECK_THROWS_WITH(matmul(x, Tensor<>({65, 256})), Contains("matmul") && Contains("left [N=32, D=64]")
                                                        && Contains("right [D=65, H=256]") && Contains("last axis"));
  CHECK_THROWS_WITH(matmul(x, Tensor<>({256, 64})), Contains("forget to transpose"));
  CHECK_THROWS_WITH(matmul(x, Tensor<>({64})), Contains("expected 2 axes: [D, H]"));
  CHECK_THROWS_AS(matmul(x, Tensor<>({65, 256})), ShapeError);
}
