#include "support/ops.hpp"
#include <unroll/ops/activations.hpp>
#include <unroll/ops/linear.hpp>
#include <unroll/ops/matmul.hpp>
#include <unroll/ops/products/weight_product.hpp>
#include <unroll/ops/shaping.hpp>

using namespace unroll;
using namespace unroll::testing;

namespace {

/// left · weight, turned or not, by `product` alone.
template <class Scalar>
Tensor<Scalar> plain_product(const Tensor<Scalar>& left, const Tensor<Scalar>& weight, Orientation orientation) {
  const bool turned = orientation == Orientation::transposed;
  Tensor<Scalar> result({left.shape()[0], weight.shape()[turned ? 0 : 1]});
  product<Scalar>({left.data(), left.shape()[0], left.shape()[1]},
                  {weight.data(), weight.shape()[0], weight.shape()[1], turned}, result.data(), Write::over);
  return result;
}

template <class Scalar>
double largest_difference(const Tensor<Scalar>& a, const Tensor<Scalar>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(double(a[i]) - double(b[i])));
  return largest;
}

}  // namespace

TEMPLATE_TEST_CASE("the first, second and later products with a weight are the plain product, either way it is turned",
                   "[product]", float, double) {
  Tape<TestType> tape;
  const auto numbers = normal<TestType>(Random(1), {70, 33});
  const auto weight = tape.constant(numbers);
  const double tolerance = std::is_same_v<TestType, float> ? 1e-4 : 1e-13;
  for (std::uint64_t use = 0; use < 4; ++use)
    for (const std::size_t rows : {1u, 2u, 7u, 130u})
      for (const Orientation orientation : {Orientation::as_stored, Orientation::transposed}) {
        const std::size_t inner = orientation == Orientation::as_stored ? 70 : 33,
                          width = orientation == Orientation::as_stored ? 33 : 70;
        const auto left = normal<TestType>(Random(2).split(use), {rows, inner});
        Tensor<TestType> found({rows, width}, TestType(3));
        weight_product<TestType>({left.data(), rows, inner}, weight, orientation, found.data(), Write::over);
        CHECK(largest_difference(found, plain_product(left, numbers, orientation)) < tolerance);
        weight_product<TestType>({left.data(), rows, inner}, weight, orientation, found.data(), Write::add);
        for (std::size_t i = 0; i < found.size(); ++i) found[i] /= 2;
        CHECK(largest_difference(found, plain_product(left, numbers, orientation)) < tolerance);
      }
}

TEST_CASE("a weight is packed at its second use, and not again before the tape is cleared", "[product]") {
  if (!packing_pays({.rows = 16})) return;
  set_product_threads(1);
  Tape tape;
  const auto left = normal<float>(Random(1), {16, 32}), weight = normal<float>(Random(2), {32, 64});
  Tensor<> result({16, 64});
  for (int recording = 0; recording < 2; ++recording) {
    const auto on_tape = tape.constant(weight);
    const auto bytes_of_use = [&] {
      const std::size_t before = tape.bytes();
      weight_product<float>({left.data(), 16, 32}, on_tape, Orientation::as_stored, result.data(), Write::over);
      return tape.bytes() - before;
    };
    CHECK(bytes_of_use() < weight.size() * sizeof(float));
    CHECK(bytes_of_use() >= weight.size() * sizeof(float));
    CHECK(bytes_of_use() == 0);
    tape.clear();
  }
}

// ---- gradients that are gathered -----------------------------------------------------------------------------------

namespace {

constexpr std::size_t width = 5;

/// How steps get at the weight [5, 5].
enum class Source { parameter, view, columns, computed };

Variable<double> weight_from(Variable<double> whole, Source source) {
  if (source == Source::view) return reshape(at_step(reshape(whole, {2, width, width}), 1), {width, width});
  if (source == Source::columns) return slice(reshape(whole, {width, 2 * width}), -1, 3, width);
  return source == Source::computed ? tanh(whole) : whole;
}
Shape shape_for(Source source) {
  return source == Source::view || source == Source::columns ? Shape{2 * width, width} : Shape{width, width};
}

/// steps products, of which every third is turned, and every fourth added onto another tensor.
Variable<double> one_product(Variable<double> x, Variable<double> weight, Variable<double> onto, std::size_t t) {
  if (t % 3 == 1) return matmul(x, weight);
  return t % 4 == 3 ? add_linear(onto, x, weight) : linear(x, weight);
}

struct Sizes {
  std::size_t batch, steps;
};

/// The gradient of the whole weight, by the library.
Tensor<double> gathered_gradient(std::size_t block, Sizes sizes, Source source, std::size_t* bytes = nullptr) {
  Tape<double> tape;
  tape.set_gathered_rows(block);
  Parameter<double> parameter(normal<double>(Random(1), shape_for(source)));
  const auto weight = weight_from(tape.use(parameter), source);
  std::vector<Tensor<double>> cotangents;
  std::vector<Seed<double>> seeds;
  for (std::size_t t = 0; t < sizes.steps; ++t) {
    const auto x = tape.input(normal<double>(Random(2).split(t), {sizes.batch, width}));
    cotangents.push_back(normal<double>(Random(3).split(t), {sizes.batch, width}));
    seeds.push_back({one_product(x, weight, tape.zeros({sizes.batch, width}), t), {nullptr, {}}});
  }
  for (std::size_t t = 0; t < sizes.steps; ++t) seeds[t].cotangent = cotangents[t];
  tape.backward(std::span<const Seed<double>>(seeds));
  if (bytes != nullptr) *bytes = tape.bytes();
  return Tensor<double>(TensorView<const double>(tape.gradient_of(parameter), parameter.shape()));
}

/// The same by plain loops, in the layout of the weight as the steps see it, then put where it came from.
Tensor<double> plain_gradient(Sizes sizes, Source source) {
  Tensor<double> sum({width, width});
  for (std::size_t t = 0; t < sizes.steps; ++t) {
    const auto x = normal<double>(Random(2).split(t), {sizes.batch, width});
    const auto dy = normal<double>(Random(3).split(t), {sizes.batch, width});
    for (std::size_t n = 0; n < sizes.batch; ++n)
      for (std::size_t i = 0; i < width; ++i)
        for (std::size_t j = 0; j < width; ++j)
          sum.at({i, j}) += t % 3 == 1 ? x.at({n, i}) * dy.at({n, j}) : dy.at({n, i}) * x.at({n, j});
  }
  Tensor<double> result(shape_for(source));
  const auto whole = normal<double>(Random(1), shape_for(source));
  for (std::size_t i = 0; i < width; ++i)
    for (std::size_t j = 0; j < width; ++j) {
      const std::size_t at = i * width + j;
      if (source == Source::view) result[width * width + at] = sum[at];
      if (source == Source::columns) result[i * 2 * width + 3 + j] = sum[at];
      if (source == Source::parameter) result[at] = sum[at];
      if (source == Source::computed) result[at] = sum[at] * (1 - std::pow(std::tanh(whole[at]), 2));
    }
  return result;
}

}  // namespace

TEST_CASE("the gathered gradient of a weight is the plain sum, whatever the blocks and wherever the weight is from",
          "[product][gradient]") {
  const auto source = GENERATE(Source::parameter, Source::view, Source::columns, Source::computed);
  const std::size_t batch = GENERATE(0u, 1u, 2u, 32u);
  for (const std::size_t steps : {1u, 2u, 9u, 40u})
    for (const std::size_t block :
         {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{64}, std::size_t{1'000'000'000}}) {
      CAPTURE(batch, steps, block, static_cast<int>(source));
      const auto found = gathered_gradient(block, {batch, steps}, source),
                 expected = plain_gradient({batch, steps}, source);
      const double scale = std::sqrt(static_cast<double>(batch * steps));
      for (std::size_t i = 0; i < expected.size(); ++i)
        if (!(std::abs(found[i] - expected[i]) <= 1e-12 * scale))
          FAIL(i << ": " << found[i] << ", not " << expected[i]);
      CHECK(found == gathered_gradient(block, {batch, steps}, source));
    }
}

TEST_CASE("a weight of a recurrence, by three products a step, has the gradient of central differences",
          "[product][gradient]") {
  const std::size_t block = GENERATE(1u, 3u, 512u);
  expect_gradients(
      [&](auto& tape, auto in) {
        tape.set_gathered_rows(block);
        auto state = in[1];
        for (std::size_t t = 0; t < 5; ++t) state = tanh(add_linear(matmul(state, in[0]), linear(state, in[0]), in[0]));
        return state;
      },
      {normal<double>(Random(1), {3, 3}, 0, 0.5), normal<double>(Random(2), {2, 3})});
}

TEST_CASE("small blocks hold the gradients of a few steps, large ones of all", "[product]") {
  // Enough of a chain that gradients not held serve again.
  const auto bytes_for_sweep = [](std::size_t block) {
    Tape<double> tape;
    tape.set_gathered_rows(block);
    const auto weight = tape.input(normal<double>(Random(1), {64, 64}, 0, 0.1));
    auto state = tape.input(normal<double>(Random(2), {16, 64}));
    for (int t = 0; t < 200; ++t) state = tanh(linear(state, weight));
    const std::size_t before = tape.bytes();
    tape.backward({{state, Tensor<double>({16, 64}, 1.0)}});
    return tape.bytes() - before;
  };
  const std::size_t of_one_step = 16 * 64 * sizeof(double);
  CHECK(bytes_for_sweep(32) < 30 * of_one_step);
  CHECK(bytes_for_sweep(1'000'000'000) > 150 * of_one_step);
}
