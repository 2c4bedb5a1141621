#include "support/ops.hpp"
#include <unroll/ops/product.hpp>

using namespace unroll;
using namespace unroll::testing;

namespace {

/// Numbers with tangents that have nothing to do with them.
Tensor<DualNumber> duals(std::uint64_t seed, const Shape& shape) {
  auto result = normal<DualNumber>(Random(seed).split(0), shape);
  const auto tangents = normal<double>(Random(seed).split(1), shape);
  for (std::size_t i = 0; i < result.size(); ++i) result[i].tangent = tangents[i];
  return result;
}

struct Case {
  std::size_t rows, columns, inner;
  bool left_transposed, right_transposed, accumulate;
  Tensor<DualNumber> left, right, result;

  Case()
      : rows(GENERATE(0u, 1u, 3u, 130u)),
        columns(GENERATE(1u, 33u)),
        inner(GENERATE(0u, 1u, 9u)),
        left_transposed(GENERATE(false, true)),
        right_transposed(GENERATE(false, true)),
        accumulate(GENERATE(false, true)),
        left(duals(1, left_transposed ? Shape{inner, rows} : Shape{rows, inner})),
        right(duals(2, right_transposed ? Shape{columns, inner} : Shape{inner, columns})),
        result(duals(3, {rows, columns})) {}

  Matrix<DualNumber> left_matrix() const { return {left.data(), left.shape()[0], left.shape()[1], left_transposed}; }
  Matrix<DualNumber> right_matrix() const {
    return {right.data(), right.shape()[0], right.shape()[1], right_transposed};
  }

  /// By the definition, in the arithmetic of duals.
  void expect(const Tensor<DualNumber>& found) const {
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < columns; ++j) {
        DualNumber sum = accumulate ? result.at({i, j}) : 0;
        for (std::size_t k = 0; k < inner; ++k)
          sum += (left_transposed ? left.at({k, i}) : left.at({i, k}))
                 * (right_transposed ? right.at({j, k}) : right.at({k, j}));
        CAPTURE(rows, columns, inner, left_transposed, right_transposed, accumulate, i, j);
        REQUIRE(std::abs(found.at({i, j}).value - sum.value) < 1e-12);
        REQUIRE(std::abs(found.at({i, j}).tangent - sum.tangent) < 1e-12);
      }
  }
};

}  // namespace

TEST_CASE("a product of duals is that of their arithmetic, plain and as packed", "[product][dual]") {
  const Case given;
  Tensor<DualNumber> found = given.result;
  product(given.left_matrix(), given.right_matrix(), found.data(), add_if(given.accumulate));
  given.expect(found);
  found = given.result;
  product_as_packed(given.left_matrix(), given.right_matrix(), found.data(), add_if(given.accumulate));
  given.expect(found);
}

TEST_CASE("a product with a packed matrix of duals is that of their arithmetic", "[product][dual]") {
  const Case given;
  Tensor<DualNumber> found = given.result, panels({packed_size(given.right_matrix())});
  const auto packed = pack(given.right_matrix(), panels.data());
  CHECK(packed.inner == given.inner);
  CHECK(packed.columns == given.columns);
  product(given.left_matrix(), packed, found.data(), add_if(given.accumulate));
  given.expect(found);
}

TEST_CASE("a product of pairs of rows of duals is that of their arithmetic", "[product][dual]") {
  const Case given;
  if (!given.left_transposed || given.right_transposed) return;
  std::vector<const DualNumber*> left, right;
  for (std::size_t k = 0; k < given.inner; ++k) {
    left.push_back(given.left.data() + k * given.rows);
    right.push_back(given.right.data() + k * given.columns);
  }
  Tensor<DualNumber> found = given.result;
  product<DualNumber>({left, right, given.rows, given.columns}, found.data(), add_if(given.accumulate));
  given.expect(found);
}
