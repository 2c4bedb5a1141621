#include <unroll/framework/tensor/denormals.hpp>
#include <unroll/models/analysis/spectral_norm.hpp>
#include <unroll/ops/product.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

/// The method squares the Gram matrix G = AᵀA, whose largest eigenvalue is ‖A‖₂², repeatedly: for symmetric G of n rows
///
///     ‖G‖₂ ≤ ‖G^p‖_F^(1/p) ≤ n^(1/2p) ‖G‖₂,  with p = 2^m after m squarings.
///
/// Power iteration needs a number of steps that grows without bound as the two largest singular values come together,
/// and a start that is not orthogonal to the answer. Squaring needs no start and at most 45 squarings, or a few when
/// there is a gap. It is meant for matrices of some hundred rows.
namespace unroll::inline v0 {

namespace {

using Square = std::vector<double>;  // [n, n]

/// Divides a matrix by its Frobenius norm, and returns the norm.
double normalize(Square& matrix) {
  double sum = 0;
  for (const double number : matrix) sum += number * number;
  const double norm = std::sqrt(sum);
  for (double& number : matrix) number /= norm;
  return norm;
}

/// log ‖G‖₂. With G^(2^m) kept as s₀^(2^m) s₁^(2^(m-1)) ... s_m B, ‖B‖_F = 1, the logarithm is Σ log(s_m) / 2^m.
double log_largest_eigenvalue(Square gram, std::size_t n) {
  double sum = std::log(normalize(gram));
  Square squared(gram.size());
  double weight = 1;
  // The remaining terms add up to at most log(n) / 2 times the last weight.
  while (weight > 1e-14) {
    product<double>({gram.data(), n, n}, {gram.data(), n, n}, squared.data(), Write::over);
    std::swap(gram, squared);
    weight /= 2;
    const double term = std::log(normalize(gram));
    sum += weight * term;
    if (std::abs(term) < 1e-15) break;  // the matrix has rank 1: squaring changes it no more
  }
  return sum;
}

}  // namespace

template <class Scalar>
double spectral_norm(TensorView<const Scalar> matrix) {
  expect_axes("spectral_norm", "the matrix", matrix.shape(), "HD");
  const FlushDenormals flush;
  double largest = 0;
  for (const Scalar number : matrix) {
    if (!std::isfinite(number)) return std::abs(static_cast<double>(number));
    largest = std::max(largest, std::abs(static_cast<double>(number)));
  }
  if (largest <= 0) return 0;
  // Scaled to a largest number of 1, so that squares neither overflow nor vanish.
  std::vector<double> scaled(matrix.size());
  std::transform(matrix.begin(), matrix.end(), scaled.begin(),
                 [&](Scalar number) { return static_cast<double>(number) / largest; });
  const std::size_t rows = matrix.shape()[0], columns = matrix.shape()[1], n = std::min(rows, columns);
  const bool wide = rows < columns;  // then A·Aᵀ is the smaller one, and has the same largest eigenvalue
  Square gram(n * n);
  product<double>({scaled.data(), rows, columns, !wide}, {scaled.data(), rows, columns, wide}, gram.data(),
                  Write::over);
  return largest * std::exp(log_largest_eigenvalue(std::move(gram), n) / 2);
}

template double spectral_norm(TensorView<const float>);
template double spectral_norm(TensorView<const double>);

}  // namespace unroll::inline v0
