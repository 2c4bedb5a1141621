#pragma once

#include <unroll/framework/variable.hpp>

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>

/// Sums, means and largest values, over everything (a result of shape []) or over some axes.
/// Sums are made in blocks of a thousand numbers by registers and beyond that in double: the float sum of ten million
/// numbers is as good as that of ten. A result is infinite only where it is beyond the largest number itself: the mean
/// of {3e38, 3e38} in float is 3e38.
namespace unroll::inline v0 {

/// One axis or several: `sum(x, 0)`, `sum(x, {0, -1})`. Counted from the front, or from the back (-1 is the last).
class Axes {
 public:
  Axes(std::ptrdiff_t axis) : Axes({axis}) {}
  Axes(std::initializer_list<std::ptrdiff_t> axes) : Axes(std::span(axes.begin(), axes.size())) {}
  /// Throws ShapeError when there are more than a shape can have.
  explicit Axes(std::span<const std::ptrdiff_t> axes);

  const std::ptrdiff_t* begin() const { return axes_.data(); }
  const std::ptrdiff_t* end() const { return axes_.data() + count_; }

 private:
  std::array<std::ptrdiff_t, Shape::max_rank> axes_{};
  std::size_t count_;
};

struct ReductionOptions {
  /// Keeps a reduced axis, with an extent of 1, so that the result can be broadcast back.
  bool keep_axes = false;
};

template <class Scalar>
Variable<Scalar> sum(Variable<Scalar> x, Where where = Where::current());
template <class Scalar>
Variable<Scalar> sum(Variable<Scalar> x, const Axes& axes, ReductionOptions options = {},
                     Where where = Where::current());

/// Throws ArgumentError when a mean would be of no numbers.
template <class Scalar>
Variable<Scalar> mean(Variable<Scalar> x, Where where = Where::current());
template <class Scalar>
Variable<Scalar> mean(Variable<Scalar> x, const Axes& axes, ReductionOptions options = {},
                      Where where = Where::current());

/// The largest; NaN if there is one. The gradient goes to the first that is the largest.
/// Throws ArgumentError when it would be of no numbers.
template <class Scalar>
Variable<Scalar> max(Variable<Scalar> x, Where where = Where::current());
template <class Scalar>
Variable<Scalar> max(Variable<Scalar> x, const Axes& axes, ReductionOptions options = {},
                     Where where = Where::current());

/// How a loss makes one number of one for each element: over time, batch and whatever axes there are.
enum class Reduction { mean, sum };

/// The sum or the mean of everything, under the name of the operation that asks for it.
template <class Scalar>
Variable<Scalar> reduce(const char* operation, Variable<Scalar> x, Reduction reduction, Where where = Where::current());

}  // namespace unroll::inline v0
