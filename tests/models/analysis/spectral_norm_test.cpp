#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/initializer.hpp>
#include <unroll/models/analysis/spectral_norm.hpp>

#include <cmath>
#include <limits>

using namespace unroll;

namespace {

/// U diag(values) Vᵀ with orthogonal U and V: a matrix whose singular values are known.
Tensor<double> with_singular_values(const std::vector<double>& values, std::size_t columns) {
  const std::size_t rows = values.size();
  const auto u = orthogonal<double>(Random(1), {rows, rows}), v = orthogonal<double>(Random(2), {columns, columns});
  Tensor<double> matrix({rows, columns});
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j)
      for (std::size_t k = 0; k < rows; ++k) matrix.at({i, j}) += u.at({i, k}) * values[k] * v.at({j, k});
  return matrix;
}

}  // namespace

TEST_CASE("the spectral norm is the largest singular value, however close the next one is", "[spectral_norm]") {
  const double next = GENERATE(0.0, 1.0, 2.9, 2.999999, 2.999999999999, 3.0);
  for (const std::size_t columns : {5u, 9u}) {
    const auto matrix = with_singular_values({0.5, next, 3, 0.1, 1e-9}, columns);
    CHECK(spectral_norm(matrix) == Approx(3).epsilon(1e-12));
    Tensor<double> transposed({columns, 5});
    for (std::size_t i = 0; i < 5; ++i)
      for (std::size_t j = 0; j < columns; ++j) transposed.at({j, i}) = matrix.at({i, j});
    CHECK(spectral_norm(transposed) == Approx(3).epsilon(1e-12));
  }
}

TEST_CASE("the spectral norm of an orthogonal matrix is 1, and scales with the matrix without overflow or loss",
          "[spectral_norm]") {
  const auto q = orthogonal<double>(Random(3), {40, 40});
  for (const double scale : {1.0, 1e-200, 1e200}) {
    Tensor<double> scaled = q;
    for (double& number : scaled) number *= scale;
    CHECK(spectral_norm(scaled) / scale == Approx(1).epsilon(1e-12));
  }
  CHECK(spectral_norm(orthogonal<float>(Random(3), {40, 40})) == Approx(1).epsilon(1e-6));
}

TEST_CASE("the spectral norm of small and of strange matrices", "[spectral_norm]") {
  CHECK(spectral_norm(Tensor<double>({1, 1}, {-2.5})) == Approx(2.5));
  CHECK(spectral_norm(Tensor<double>({2, 3})) == 0);
  CHECK(spectral_norm(Tensor<double>({0, 3})) == 0);
  CHECK(std::isnan(spectral_norm(Tensor<double>({1, 2}, {1, std::nan("")}))));
  CHECK(spectral_norm(Tensor<double>({1, 2}, {1, -std::numeric_limits<double>::infinity()}))
        == std::numeric_limits<double>::infinity());
  CHECK(message_of<ShapeError>([] { spectral_norm(Tensor<double>({3})); }).find("spectral_norm") == 0);
}
