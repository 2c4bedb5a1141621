#include <unroll/framework/errors/sizes.hpp>
#include <unroll/framework/tensor/euclidean_norm.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models/analysis/jacobian_norms.hpp>
#include <unroll/models/analysis/spectral_norm.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace unroll::inline v0 {

std::vector<std::size_t> evenly_spaced(std::size_t last, std::size_t count) {
  std::vector<std::size_t> numbers;
  count = std::min(last, count);
  detail::make_room("evenly_spaced", numbers, count);
  std::size_t whole = 0, rest = 0;  // i last = whole count + rest, without the product i last, which may overflow
  for (std::size_t i = 1; i <= count; ++i) {
    whole += last / count, rest += last % count;
    if (rest >= count) ++whole, rest -= count;
    numbers.push_back(whole + (rest > 0));
  }
  return numbers;
}

namespace {

/// One number for each sequence.
using Logs = Tensor<double>;

/// The shape of `each` rows for each sequence.
template <class Scalar>
Shape rows_for(const StepProducts<Scalar>& products, std::size_t each) {
  const std::size_t numbers = Shape{products.sequences, each, products.width}.size();
  return {numbers / products.width, products.width};
}

/// One pair of steps over all sequences; its norm is 0 when it is 0 in most of them.
JacobianNorm summary(std::size_t end, std::size_t distance, const Logs& log_norms) {
  constexpr double log_of_zero = -std::numeric_limits<double>::infinity();
  double sum = 0, count = 0, largest = log_of_zero;
  for (const double log_norm : log_norms) {
    if (log_norm != log_of_zero) sum += log_norm, ++count;
    largest = log_norm > largest || std::isnan(log_norm) ? log_norm : largest;
  }
  return {.end = end,
          .distance = distance,
          .norm = 2 * count > static_cast<double>(log_norms.size()) ? std::exp(sum / count) : 0,
          .largest = std::exp(largest)};
}

/// Calls `visit(sequence, numbers)` with the rows of each sequence.
template <class Scalar>
void for_each_sequence(const StepProducts<Scalar>& products, Tensor<Scalar>& rows, auto&& visit) {
  const std::size_t count = rows.size() / products.sequences;
  for (std::size_t n = 0; n < products.sequences; ++n) visit(n, std::span(rows.data() + n * count, count));
}

/// Divides the numbers of each sequence by their Euclidean norm, and adds its logarithm to `logs`.
template <class Scalar>
void normalize(const StepProducts<Scalar>& products, Tensor<Scalar>& rows, Logs& logs) {
  for_each_sequence(products, rows, [&](std::size_t n, std::span<Scalar> numbers) {
    const auto norm = detail::euclidean_norm<Scalar>(numbers);
    logs[n] += norm.log();
    if (norm.scaled > 0)
      for (Scalar& x : numbers) x = static_cast<Scalar>(norm.fraction_of(static_cast<double>(x)));
  });
}

/// Adds the logarithm of the spectral norm of each sequence's rows, seen as a matrix.
template <class Scalar>
void add_spectral_norms(const StepProducts<Scalar>& products, Tensor<Scalar>& rows, Logs& logs) {
  for_each_sequence(products, rows, [&](std::size_t n, std::span<Scalar> numbers) {
    const Shape matrix{numbers.size() / products.width, products.width};
    logs[n] += std::log(spectral_norm(TensorView<const Scalar>(numbers.data(), matrix)));
  });
}

/// Computes the Jacobian itself, back from the end: its rows are the cotangents of as many copies of the sequence.
template <class Scalar>
void add_exact(const StepProducts<Scalar>& products, std::size_t end, const std::vector<std::size_t>& distances,
               std::vector<JacobianNorm>& norms) {
  const std::size_t width = products.width;
  Tensor<Scalar> rows(rows_for(products, width));
  for (std::size_t row = 0; row < products.sequences * width; ++row) rows[row * width + row % width] = 1;
  Logs scale({products.sequences});
  auto wanted = distances.begin();
  for (std::size_t distance = 1; distance <= end && wanted != distances.end(); ++distance) {
    products.pull_back(end + 1 - distance, rows);
    normalize(products, rows, scale);
    if (distance != *wanted) continue;
    ++wanted;
    Logs found = scale;
    add_spectral_norms(products, rows, found);
    norms.push_back(summary(end, distance, found));
  }
}

double dot(auto a, auto b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

/// Removes from a row its components along the rows before it, and scales it to length 1.
template <class Scalar>
void make_orthonormal(std::span<Scalar> row, std::span<const Scalar> before) {
  for (std::size_t first = 0; first < before.size(); first += row.size()) {
    const auto other = before.subspan(first, row.size());
    const double along = dot(row, other);
    for (std::size_t k = 0; k < row.size(); ++k) row[k] -= static_cast<Scalar>(along) * other[k];
  }
  const auto length = detail::euclidean_norm<Scalar>(row);
  if (length.scaled > 0)
    for (Scalar& x : row) x = static_cast<Scalar>(length.fraction_of(static_cast<double>(x)));
}

/// Makes the rows of each sequence an orthonormal basis of their span (modified Gram-Schmidt). Each row is treated
/// twice: the remainder of a nearly parallel row is rounding, which may be parallel again (Giraud, Langou and Rozložník
/// 2005: twice is enough).
template <class Scalar>
void orthonormalize(const StepProducts<Scalar>& products, Tensor<Scalar>& rows) {
  const std::size_t width = products.width;
  for_each_sequence(products, rows, [&](std::size_t, std::span<Scalar> numbers) {
    for (std::size_t first = 0; first < numbers.size(); first += width)
      for (int pass = 0; pass < 2; ++pass)
        make_orthonormal<Scalar>(numbers.subspan(first, width), numbers.first(first));
  });
}

/// Alternates V ← J V and V ← Jᵀ V until the norm of Jᵀ V stays; since V is orthonormal, that norm is never too large.
/// It takes a few vectors together, since a single one is slow where the largest singular values are close, and may
/// find the second one.
template <class Scalar>
Logs power_iteration(const StepProducts<Scalar>& products, std::size_t first, std::size_t end, Tensor<Scalar>& v) {
  constexpr int most = 40;
  constexpr double tolerance = 1e-4;
  Logs last({products.sequences});
  for (int iteration = 0;; ++iteration) {
    Logs ignored({products.sequences}), found({products.sequences});
    for (std::size_t step = first; step <= end; ++step) {
      products.push_forward(step, v);
      normalize(products, v, ignored);
    }
    orthonormalize(products, v);
    for (std::size_t step = end + 1; step-- > first;) {
      products.pull_back(step, v);
      normalize(products, v, found);
    }
    add_spectral_norms(products, v, found);
    orthonormalize(products, v);
    const bool settled = std::equal(found.begin(), found.end(), last.begin(),
                                    [](double a, double b) { return !(std::abs(a - b) > tolerance); });
    if ((settled && iteration > 0) || iteration == most) return found;
    last = found;
  }
}

template <class Scalar>
void add_iterated(const StepProducts<Scalar>& products, std::size_t end, const std::vector<std::size_t>& distances,
                  std::vector<JacobianNorm>& norms) {
  const std::size_t vectors = std::min<std::size_t>(4, products.width);
  Tensor<Scalar> v = normal<Scalar>(Random(end), rows_for(products, vectors));
  orthonormalize(products, v);
  Logs ignored({products.sequences});
  std::size_t first = end + 1;
  for (const std::size_t distance : distances) {
    if (distance > end) break;
    // The vectors found for the distance before, pulled further back, are a good start.
    for (const std::size_t begin = end + 1 - distance; distance != distances.front() && first > begin;) {
      products.pull_back(--first, v);
      normalize(products, v, ignored);
    }
    first = end + 1 - distance;
    norms.push_back(summary(end, distance, power_iteration(products, first, end, v)));
  }
}

}  // namespace

template <class Scalar>
std::vector<JacobianNorm> jacobian_norms(const StepProducts<Scalar>& products, const JacobianOptions& options) {
  std::vector<JacobianNorm> norms;
  if (products.steps < 2 || products.sequences == 0 || products.width == 0) return norms;
  auto distances = evenly_spaced(products.steps - 1, options.distances);
  if (distances.empty() || distances.front() > 1) distances.insert(distances.begin(), 1);  // a step's own Jacobian
  for (const std::size_t end : evenly_spaced(products.steps - 1, options.ends))
    if (products.width <= options.exact_width)
      add_exact(products, end, distances, norms);
    else
      add_iterated(products, end, distances, norms);
  return norms;
}

template std::vector<JacobianNorm> jacobian_norms(const StepProducts<float>&, const JacobianOptions&);
template std::vector<JacobianNorm> jacobian_norms(const StepProducts<double>&, const JacobianOptions&);

}  // namespace unroll::inline v0
