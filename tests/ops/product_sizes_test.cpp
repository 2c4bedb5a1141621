#include "support/op_sizes.hpp"
#include <unroll/ops/product.hpp>

#include <array>

using namespace unroll;
using namespace unroll::testing;

namespace {

/// Three products with one weight, so that it is packed, and its gradient gathered.
Variable<> thrice(Variable<> first, Variable<> others, Variable<> weight) {
  const auto y = linear(first, weight);
  static_cast<void>(linear(others, weight));
  return add_linear(y, others, weight);
}

std::vector<SizeUse> products() {
  const auto square_of = [](Size n) { return shape(n, n); };
  static std::array<float, 1> number{};
  return {
      op("matmul", "..xxxx", square_of, [](auto& tape, Size n) { return matmul(make(tape, n, 0), make(tape, 0, n)); }),
      op("matmul of rows", "......", beside_0,
         [](auto& tape, Size n) { return matmul(make(tape, n, 0), make(tape, 0, 0)); }),
      op("matmul, inner", "......", always(0, 0),
         [](auto& tape, Size n) { return matmul(make(tape, 0, n), make(tape, n, 0)); }),
      op(
          "matmul of a batch", "......", [](Size n) { return shape(n, 0, 0); },
          [](auto& tape, Size n) { return matmul(make(tape, n, 0, 0), make(tape, n, 0, 0)); }),
      op("matmul of a batch, inner", ".....x", always(2, 0, 0),
         [](auto& tape, Size n) { return matmul(make(tape, 2, 0, n), make(tape, 2, n, 0)); }),
      op("matmul of another batch", "x.xxxx", always(1, 0, 0),
         [](auto& tape, Size n) { return matmul(make(tape, n, 0, 0), make(tape, 1, 0, 0)); }),
      op(
          "outer", "......", [](Size n) { return shape(n, 0, 0); },
          [](auto& tape, Size n) { return outer(make(tape, n, 0), make(tape, n, 0)); }),
      op(
          "outer, columns", "...xxx", [](Size n) { return shape(0, n, n); },
          [](auto& tape, Size n) { return outer(make(tape, 0, n), make(tape, 0, n)); }),
      op("linear", "......", beside_0, [](auto& tape, Size n) { return linear(make(tape, n, 0), make(tape, 0, 0)); }),
      op(
          "linear, outputs", "..mmxx", [](Size n) { return shape(1, n); },
          [](auto& tape, Size n) { return linear(make(tape, 1, 0), make(tape, n, 0)); }),
      op("linear, inputs", "......", always(0, 0),
         [](auto& tape, Size n) { return linear(make(tape, 0, n), make(tape, 0, n)); }),
      op("linear with a bias", "......", beside_0,
         [](auto& tape, Size n) { return linear(make(tape, n, 0), make(tape, 0, 0), make(tape, 0)); }),
      op("add_linear", "......", beside_0,
         [](auto& tape, Size n) { return add_linear(make(tape, n, 0), make(tape, n, 0), make(tape, 0, 0)); }),
      op("add_linear with a bias", "......", beside_0,
         [](auto& tape, Size n) {
           return add_linear(make(tape, n, 0), make(tape, n, 0), make(tape, 0, 0), make(tape, 0));
         }),
      op("linear thrice", "......", beside_0,
         [](auto& tape, Size n) {
           const auto x = make(tape, n, 0);
           return thrice(x, x, make(tape, 0, 0));
         }),
      op("linear after one row", "......", always(0),
         [](auto& tape, Size n) {
           const auto w = make(tape, 0, 0);
           const auto y = linear(make(tape, n, 0), w);
           return concat({sum(linear(make(tape, 1, 0), w), 0), sum(y, 0)}, 0);
         }),
      {"product", "......",
       [](Size n) {
         return product<float>({number.data(), n, 0}, {number.data(), 0, 0}, number.data(), Write::add), true;
       }},
      {"product of pairs", "......",
       [](Size n) {
         return product(RowPairs<float>{{}, {}, n, 0}, number.data(), Write::add), true;
       }},
      {"product, packed", "......",
       [](Size n) {
         return product({number.data(), n, 1}, PackedMatrix<float>{1, 0, number.data()}, number.data(), Write::add),
                true;
       }},
      {"packed_size, rows", "....xx",
       [](Size n) {
         return packed_size(Matrix<float>{nullptr, n, 16}) >= n * 16;
       }},
      {"packed_size, columns", "....xx",
       [](Size n) {
         return packed_size(Matrix<float>{nullptr, 16, n}) >= n * 16;
       }},
      {"packed_size, of duals", "....xx",
       [](Size n) {
         return packed_size(Matrix<DualNumber>{nullptr, n, 16}) >= n * 16;
       }},
      {"packing_pays", "......",
       [](Size n) { return packing_pays({.rows = n, .transposed = true, .for_good = true}), true; }},
      {"set_product_threads", "x.x.xx", [](Size n) { return set_product_threads(static_cast<int>(n)), true; }},
  };
}

}  // namespace

TEST_CASE("products refuse a size that was computed wrong, or answer rightly", "[sizes][error]") {
  expect_outcomes(products());
}
