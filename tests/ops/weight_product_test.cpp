#include "support/catch.hpp"
#include <unroll/framework/random.hpp>
#include <unroll/framework/tape.hpp>
#include <unroll/ops/weight_product.hpp>

using namespace unroll;

namespace {

/// left · weight, turned or not, by `product` alone.
template <class Scalar>
Tensor<Scalar> plain_product(const Tensor<Scalar>& left, const Tensor<Scalar>& weight, Turn turn) {
  const bool turned = turn == Turn::transposed;
  Tensor<Scalar> result({left.shape()[0], weight.shape()[turned ? 0 : 1]});
  product<Scalar>({left.data(), left.shape()[0], left.shape()[1]},
                  {weight.data(), weight.shape()[0], weight.shape()[1], turned}, result.data(), false);
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
      for (const Turn turn : {Turn::none, Turn::transposed}) {
        const std::size_t inner = turn == Turn::none ? 70 : 33, width = turn == Turn::none ? 33 : 70;
        const auto left = normal<TestType>(Random(2).split(use), {rows, inner});
        Tensor<TestType> found({rows, width}, TestType(3));
        product_with<TestType>({left.data(), rows, inner}, weight, turn, found.data(), false);
        CHECK(largest_difference(found, plain_product(left, numbers, turn)) < tolerance);
        product_with<TestType>({left.data(), rows, inner}, weight, turn, found.data(), true);
        for (std::size_t i = 0; i < found.size(); ++i) found[i] /= 2;
        CHECK(largest_difference(found, plain_product(left, numbers, turn)) < tolerance);
      }
}

TEST_CASE("a weight is packed at its second use, and not again before the tape is cleared", "[product]") {
  if (!packing_pays(16, false)) return;
  set_product_threads(1);
  Tape tape;
  const auto left = normal<float>(Random(1), {16, 32}), weight = normal<float>(Random(2), {32, 64});
  Tensor<> result({16, 64});
  for (int recording = 0; recording < 2; ++recording) {
    const auto on_tape = tape.constant(weight);
    const auto bytes_of_use = [&] {
      const std::size_t before = tape.bytes();
      product_with<float>({left.data(), 16, 32}, on_tape, Turn::none, result.data(), false);
      return tape.bytes() - before;
    };
    CHECK(bytes_of_use() < weight.size() * sizeof(float));
    CHECK(bytes_of_use() >= weight.size() * sizeof(float));
    CHECK(bytes_of_use() == 0);
    tape.clear();
  }
}
