#pragma once

#include "support/catch.hpp"
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/framework/tensor/random.hpp>

#include <cmath>
#include <limits>
#include <vector>

/// Helpers for the tests of ops: checks of gradients and of numbers.
namespace unroll::testing {

/// Lengths around those of registers: 0, 1, one less than a register, a register, one more, several registers.
inline const std::vector<std::size_t> lengths{0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 33};

/// Checks the tape's gradient of every input against central differences. `function(tape, inputs)`.
template <class Function>
void expect_gradients(Function function, std::vector<Tensor<double>> inputs) {
  const auto report = check_gradients(function, std::move(inputs));
  INFO(report);
  CHECK(report.passed());
}

/// Whether two numbers are equal up to some units in the last place of the larger of 1 and the expected number; NaN
/// equals NaN.
template <class Scalar>
bool near(Scalar found, double expected, double units = 8) {
  if (std::isnan(expected)) return std::isnan(found);
  if (std::isinf(expected)) return static_cast<double>(found) == expected;
  const double unit = static_cast<double>(std::numeric_limits<Scalar>::epsilon()) * std::max(1.0, std::abs(expected));
  return std::abs(static_cast<double>(found) - expected) <= units * unit;
}

/// Checks every number against `expected(position)`.
template <class Scalar, class Expected>
void expect_values(TensorView<const Scalar> found, Expected expected, double units = 8) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i, found[i], static_cast<double>(expected(i)));
    CHECK(near(found[i], static_cast<double>(expected(i)), units));
  }
}

template <class Scalar>
std::vector<Scalar> numbers_of(const Variable<Scalar>& variable) {
  const auto view = variable.value();
  return {view.begin(), view.end()};
}
template <class Scalar>
std::vector<Scalar> gradient_numbers_of(const Variable<Scalar>& variable) {
  const auto view = variable.gradient();
  return {view.begin(), view.end()};
}

/// y = factor * x, as a user writes an op.
inline Variable<double> scale(Variable<double> x, double factor) {
  const auto y = x.tape().record("scale", x.shape(), {x});
  for (std::size_t i = 0; i < x.shape().size(); ++i) y.writable()[i] = factor * x.value()[i];
  y.on_backward([x, y, factor] {
    for (std::size_t i = 0; i < x.shape().size(); ++i) x.mutable_gradient()[i] += factor * y.upstream()[i];
  });
  return y;
}

/// 0, 1, 2, ...: every element differs from every other.
template <class Scalar = float>
Tensor<Scalar> counting(const Shape& shape) {
  Tensor<Scalar> result(shape);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<Scalar>(i);
  return result;
}

/// Fills the tape's memory with NaN, so that an op that reads numbers before writing them gives NaN.
inline void make_dirty(Tape<double>& tape) {
  for (int i = 0; i < 50; ++i)
    for (double& number : tape.scratch<double>(1000)) number = std::numeric_limits<double>::quiet_NaN();
  tape.clear();
}

}  // namespace unroll::testing
