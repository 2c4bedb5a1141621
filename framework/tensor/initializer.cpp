#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/initializer.hpp>

#include <fmt/format.h>

#include <cmath>

namespace unroll::inline v0 {

namespace {

constexpr ArgumentRange finite{.low = -std::numeric_limits<double>::infinity(), .open_low = true, .open_high = true};

void expect_weight(const char* initializer, const Shape& shape, const char* factor_name, double factor) {
  expect_axes(initializer, "the weight", shape, "HD");
  expect_in(initializer, factor_name, factor, finite);
}

/// The uniform distribution on [-a, a) has variance a² / 3.
template <class Scalar>
Tensor<Scalar> uniform_with_deviation(const Random& random, const Shape& shape, double deviation) {
  const double bound = std::sqrt(3.0) * deviation;
  return uniform<Scalar>(random, shape, -bound, bound);
}

double xavier_deviation(const Shape& shape, double gain) {
  return std::abs(gain) * std::sqrt(2 / static_cast<double>(shape[0] + shape[1]));
}

double he_deviation(const Shape& shape, double slope) {
  return std::sqrt(2 / ((1 + slope * slope) * static_cast<double>(shape[1])));
}

/// A matrix of `rows` >= `columns`, row-major, and the Householder reflections that make it triangular. Every loop
/// runs along a row, so that the compiler can vectorize it without reordering a sum.
class HouseholderQr {
 public:
  HouseholderQr(std::vector<double> matrix, std::size_t rows, std::size_t columns)
      : rows_(rows), columns_(columns), matrix_(std::move(matrix)), sums_(columns), signs_(columns) {
    for (std::size_t k = 0; k < columns_; ++k) {
      make_reflector(k);
      reflect(k, k + 1, matrix_);
    }
  }

  /// Q, [rows, columns], for the R whose diagonal is positive.
  std::vector<double> orthonormal_columns() {
    std::vector<double> q(rows_ * columns_);
    for (std::size_t k = 0; k < columns_; ++k) q[k * columns_ + k] = signs_[k];
    for (std::size_t k = columns_; k-- > 0;) reflect(k, k, q);
    return q;
  }

 private:
  double& at(std::size_t row, std::size_t column) { return matrix_[row * columns_ + column]; }

  /// Turns column k, from its diagonal down, into v with (I - 2 v vᵀ) x = -sign(x₀) ‖x‖ e₀ and ‖v‖ = 1.
  void make_reflector(std::size_t k) {
    const double norm = length_below(k);
    signs_[k] = at(k, k) > 0 ? -1 : 1;
    at(k, k) -= signs_[k] * norm;  // both terms have one sign: no digits cancel
    const double length = length_below(k);
    for (std::size_t i = k; length > 0 && i < rows_; ++i) at(i, k) /= length;
  }

  /// The length of column k from its diagonal down.
  double length_below(std::size_t k) {
    double sum = 0;
    for (std::size_t i = k; i < rows_; ++i) sum += at(i, k) * at(i, k);
    return std::sqrt(sum);
  }

  /// Applies reflection k to the columns from `first` on of a matrix of this shape.
  void reflect(std::size_t k, std::size_t first, std::vector<double>& target) {
    std::fill(sums_.begin(), sums_.end(), 0);
    for (std::size_t i = k; i < rows_; ++i) {
      const double v = at(i, k);
      const double* const row = target.data() + i * columns_;
      for (std::size_t j = first; j < columns_; ++j) sums_[j] += v * row[j];
    }
    for (std::size_t i = k; i < rows_; ++i) {
      const double twice_v = 2 * at(i, k);
      double* const row = target.data() + i * columns_;
      for (std::size_t j = first; j < columns_; ++j) row[j] -= twice_v * sums_[j];
    }
  }

  std::size_t rows_, columns_;
  std::vector<double> matrix_, sums_, signs_;
};

}  // namespace

template <class Scalar>
Tensor<Scalar> uniform_fan_in(const Random& random, const Shape& shape) {
  return uniform_fan_in<Scalar>(random, shape, shape.back());
}

template <class Scalar>
Tensor<Scalar> uniform_fan_in(const Random& random, const Shape& shape, std::size_t fan_in) {
  if (fan_in == 0)
    throw ArgumentError(fmt::format("uniform_fan_in: fan_in is 0 for shape {}, expected at least 1", to_string(shape)));
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  return uniform<Scalar>(random, shape, -bound, bound);
}

template <class Scalar>
Tensor<Scalar> xavier_uniform(const Random& random, const Shape& shape, double gain) {
  expect_weight("xavier_uniform", shape, "gain", gain);
  return uniform_with_deviation<Scalar>(random, shape, xavier_deviation(shape, gain));
}

template <class Scalar>
Tensor<Scalar> xavier_normal(const Random& random, const Shape& shape, double gain) {
  expect_weight("xavier_normal", shape, "gain", gain);
  return normal<Scalar>(random, shape, 0, xavier_deviation(shape, gain));
}

template <class Scalar>
Tensor<Scalar> he_uniform(const Random& random, const Shape& shape, double slope) {
  expect_weight("he_uniform", shape, "slope", slope);
  return uniform_with_deviation<Scalar>(random, shape, he_deviation(shape, slope));
}

template <class Scalar>
Tensor<Scalar> he_normal(const Random& random, const Shape& shape, double slope) {
  expect_weight("he_normal", shape, "slope", slope);
  return normal<Scalar>(random, shape, 0, he_deviation(shape, slope));
}

template <class Scalar>
Tensor<Scalar> orthogonal(const Random& random, const Shape& shape, double gain) {
  expect_weight("orthogonal", shape, "gain", gain);
  const bool wide = shape[0] < shape[1];  // then it factors the transpose
  const std::size_t rows = std::max(shape[0], shape[1]), columns = std::min(shape[0], shape[1]);
  Tensor<Scalar> result(shape);  // first, since it refuses a shape that memory cannot hold
  if (columns == 0) return result;
  std::vector<double> numbers(rows * columns);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = random.normal(i);
  const std::vector<double> q = HouseholderQr(std::move(numbers), rows, columns).orthonormal_columns();
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j)
      result[wide ? j * rows + i : i * columns + j] = static_cast<Scalar>(gain * q[i * columns + j]);
  return result;
}

template <class Scalar>
Tensor<Scalar> identity(const Shape& shape, double gain) {
  expect_weight("identity", shape, "gain", gain);
  Tensor<Scalar> result(shape);
  for (std::size_t i = 0; i < std::min(shape[0], shape[1]); ++i) result[i * shape[1] + i] = static_cast<Scalar>(gain);
  return result;
}

template <class Scalar>
Tensor<Scalar> constant(const Shape& shape, double value) {
  return Tensor<Scalar>(shape, static_cast<Scalar>(value));
}

#define UNROLL_INSTANTIATE(Scalar)                                                  \
  template Tensor<Scalar> uniform_fan_in(const Random&, const Shape&);              \
  template Tensor<Scalar> uniform_fan_in(const Random&, const Shape&, std::size_t); \
  template Tensor<Scalar> xavier_uniform(const Random&, const Shape&, double);      \
  template Tensor<Scalar> xavier_normal(const Random&, const Shape&, double);       \
  template Tensor<Scalar> he_uniform(const Random&, const Shape&, double);          \
  template Tensor<Scalar> he_normal(const Random&, const Shape&, double);           \
  template Tensor<Scalar> orthogonal(const Random&, const Shape&, double);          \
  template Tensor<Scalar> identity(const Shape&, double);                           \
  template Tensor<Scalar> constant(const Shape&, double);

UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
// For modules of duals, whose constructors draw weights as those of other modules do.
template Tensor<DualNumber> uniform_fan_in(const Random&, const Shape&);
template Tensor<DualNumber> uniform_fan_in(const Random&, const Shape&, std::size_t);

}  // namespace unroll::inline v0
