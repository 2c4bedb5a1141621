#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/sizes.hpp>
#include <unroll/models/layers/standardization.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/shaping.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

namespace {

/// What is known of a column. Numbers over the unit, a power of 2, are at most 2, so that no square overflows.
struct Column {
  double largest = 0, unit = 1, mean = 0, squares = 0;

  /// Adds the number of row `count`, counted from 1 (Welford 1962): the mean of equal numbers is exactly that number.
  void add(double number, double count) {
    const double scaled = number / unit, distance = scaled - mean;
    mean += distance / count;
    squares += distance * (scaled - mean);
  }

  /// The deviation of `count` rows; 1 when it is less than what the Scalar's numbers are rounded by.
  template <class Scalar>
  double deviation(double count) const {
    using Limits = std::numeric_limits<std::conditional_t<std::is_same_v<Scalar, float>, float, double>>;
    const double found = std::sqrt(squares / count) * unit;
    const bool varies = found > static_cast<double>(Limits::epsilon()) * largest;
    return varies && found >= static_cast<double>(Limits::min()) ? found : 1;
  }
};

/// Calls visit(row) for each row of the steps that exist.
void for_each_row(const Shape& shape, Lengths lengths, auto&& visit) {
  const std::size_t rows = shape.before(shape.rank() - 1);
  const detail::ExistingRows existing(lengths.empty() ? 0 : shape.after(0) / shape.back(), lengths);
  for (std::size_t row = 0; row < rows; ++row)
    if (existing.contains(row)) visit(row);
}

/// Throws unless there are columns, and rows that count.
void expect_data(const Shape& shape, Lengths lengths) {
  if (shape.rank() == 0) throw ShapeError("Standardization: data of shape [] given, expected [..., D]");
  expect_sizes("Standardization", {{"width", shape.back()}});
  if (!lengths.empty()) {
    expect_lengths("Standardization", shape, lengths);
    if (shape.rank() < 3)
      throw ShapeError(fmt::format("Standardization: data of shape {} with lengths given, expected [T, N, ..., D]",
                                   to_string(shape)));
  }
  if (shape.size() == 0 || (!lengths.empty() && std::ranges::max(lengths) == 0))
    throw ArgumentError(
        fmt::format("Standardization: data {} has no rows that count, expected at least 1", to_string(shape)));
}

/// The columns of the rows that exist, and how many those are.
template <class Scalar>
std::pair<std::vector<Column>, double> columns_of(TensorView<const Scalar> data, Lengths lengths) {
  const Shape shape = data.shape();
  const std::size_t width = shape.back();
  std::vector<Column> columns(width);
  const auto number = [&](std::size_t row, std::size_t d) {
    return static_cast<double>(detail::value_of(data[row * width + d]));
  };
  for_each_row(shape, lengths, [&](std::size_t row) {
    for (std::size_t d = 0; d < width; ++d) {
      if (!std::isfinite(number(row, d)))
        throw NumericalError(
            fmt::format("Standardization: {} at {} of {}, expected finite numbers (does it mark a missing value? fill "
                        "it in first)",
                        number(row, d), index_text(shape, row * width + d), to_string(shape)));
      columns[d].largest = std::max(columns[d].largest, std::abs(number(row, d)));
    }
  });
  for (auto& column : columns)
    if (column.largest > 0) column.unit = std::exp2(std::ilogb(column.largest));
  double rows = 0;
  for_each_row(shape, lengths, [&](std::size_t row) {
    rows += 1;
    for (std::size_t d = 0; d < width; ++d) columns[d].add(number(row, d), rows);
  });
  return {std::move(columns), rows};
}

/// function(x, mean, deviation) of each number and those of its column.
template <class Scalar>
Variable<Scalar> with_columns(const char* operation, Variable<Scalar> x, const Standardization<Scalar>& by,
                              const auto& function) {
  const Shape shape = x.shape();
  if (shape.rank() == 0 || shape.back() != by.mean.shape().size())
    throw ShapeError(fmt::format("{}: {} given, expected [..., D={}], the columns of the data that it was made from",
                                 operation, to_string(shape), by.mean.shape().size()));
  const auto column = [&](const Parameter<Scalar>& numbers) {
    return broadcast(AnyOperand<Scalar>(numbers).on(x.tape()), shape);
  };
  return map(operation, function, x, column(by.mean), column(by.deviation));
}

template <class Scalar>
Tensor<Scalar> without_tape(const Tensor<Scalar>& numbers, const auto& function) {
  Tape<Scalar> tape(Recording::values);
  return Tensor<Scalar>(function(tape.constant(numbers)).value());
}

}  // namespace

template <class Scalar>
Standardization<Scalar>::Standardization(const StandardizationOptions& options) {
  expect_sizes("Standardization", {{"width", options.width}});
  mean = Parameter(Tensor<Scalar>({options.width}));
  deviation = Parameter(Tensor<Scalar>({options.width}, Scalar(1)));
  mean.frozen = deviation.frozen = true;
}

template <class Scalar>
Standardization<Scalar>::Standardization(TensorView<const Scalar> data, Lengths lengths) {
  expect_data(data.shape(), lengths);
  const auto [columns, rows] = columns_of(data, lengths);
  *this = Standardization(StandardizationOptions{columns.size()});
  for (std::size_t d = 0; d < columns.size(); ++d) {
    mean.mutable_value()[d] = static_cast<Scalar>(columns[d].mean * columns[d].unit);
    deviation.mutable_value()[d] = static_cast<Scalar>(columns[d].template deviation<Scalar>(rows));
  }
}

template <class Scalar>
Variable<Scalar> Standardization<Scalar>::operator()(Variable<Scalar> x, CallSite site) const {
  const CalledFrom caller(x.tape(), site);
  return with_columns("Standardization", x, *this, [](auto a, auto m, auto d) { return (a - m) / d; });
}
template <class Scalar>
Tensor<Scalar> Standardization<Scalar>::operator()(const Tensor<Scalar>& x) const {
  return without_tape(x, [&](auto numbers) { return (*this)(numbers); });
}

template <class Scalar>
Variable<Scalar> Standardization<Scalar>::inverse(Variable<Scalar> y, CallSite site) const {
  const CalledFrom caller(y.tape(), site);
  return with_columns("Standardization::inverse", y, *this, [](auto a, auto m, auto d) { return a * d + m; });
}
template <class Scalar>
Tensor<Scalar> Standardization<Scalar>::inverse(const Tensor<Scalar>& y) const {
  return without_tape(y, [&](auto numbers) { return inverse(numbers); });
}

template struct Standardization<float>;
template struct Standardization<double>;
template struct Standardization<DualNumber>;

}  // namespace unroll::inline v0
