#pragma once

#include <unroll/framework/tape/variable.hpp>

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>

/// Sums, means and largest values, over everything (a result of shape []) or over some axes. An axis that x does not
/// have throws ShapeError.
/// Each op sums blocks of a thousand numbers in registers, and the blocks in double: the float sum of ten million
/// numbers is as accurate as that of ten. A result is infinite only where its value is beyond the Scalar's range: the
/// mean of {3e38, 3e38} in float is 3e38.
namespace unroll::inline v0 {

/// One axis or several: `sum(x, 0)`, `sum(x, {0, -1})`. Counted from the front, or from the back (-1 is the last).
class Axes {
 public:
  /// One axis.
  Axes(std::ptrdiff_t axis) : Axes({axis}) {}
  /// Several, in any order. Throws as below.
  Axes(std::initializer_list<std::ptrdiff_t> axes) : Axes(std::span(axes.begin(), axes.size())) {}
  /// Throws ShapeError when there are more than a shape can have.
  explicit Axes(std::span<const std::ptrdiff_t> axes);

  /// The axes as they were given, not yet counted from the front.
  const std::ptrdiff_t* begin() const { return axes_.data(); }
  /// Behind the last axis.
  const std::ptrdiff_t* end() const { return axes_.data() + count_; }

 private:
  std::array<std::ptrdiff_t, Shape::max_rank> axes_{};
  std::size_t count_;
};

/// What becomes of a reduced axis.
struct ReductionOptions {
  /// Keeps a reduced axis, with an extent of 1, so that the result can be broadcast back.
  bool keep_axes = false;
};

/// The sum of all elements, [].
template <class Scalar>
Variable<Scalar> sum(Variable<Scalar> x, CallSite site = CallSite::current());
/// The sums over some axes: sum(x [T, N, H], 0) is [N, H].
template <class Scalar>
Variable<Scalar> sum(Variable<Scalar> x, const Axes& axes, ReductionOptions options = {},
                     CallSite site = CallSite::current());

/// The mean of all elements, []. Throws ArgumentError when there are none.
template <class Scalar>
Variable<Scalar> mean(Variable<Scalar> x, CallSite site = CallSite::current());
/// The means over some axes. Throws ArgumentError when a mean would be of no numbers.
template <class Scalar>
Variable<Scalar> mean(Variable<Scalar> x, const Axes& axes, ReductionOptions options = {},
                      CallSite site = CallSite::current());

/// The largest element, []; NaN if there is one. The gradient goes to the first of equal ones.
/// Throws ArgumentError when there are no elements.
template <class Scalar>
Variable<Scalar> max(Variable<Scalar> x, CallSite site = CallSite::current());
/// The largest elements over some axes. Throws ArgumentError when one would be of no numbers.
template <class Scalar>
Variable<Scalar> max(Variable<Scalar> x, const Axes& axes, ReductionOptions options = {},
                     CallSite site = CallSite::current());

/// How a loss reduces the losses of all elements to one number: over time, batch and every other axis.
enum class Reduction {
  mean,  ///< does not change with the size of the batch
  sum,   ///< adds up over batches, as gradients do
  /// The sum over the elements of each step, as the mean over the steps of [T, N, ...] that exist: nats per step.
  sum_per_step
};

/// The elements reduced to one number, []. `operation` is the caller's name, for the tape and for errors. For
/// Reduction::sum_per_step, x is [P, ...], a row for each step, as existing_steps (lengths.hpp) gives them. Throws
/// ArgumentError for a mean over nothing, and ShapeError for a sum per step of an x without axes.
template <class Scalar>
Variable<Scalar> reduce(const char* operation, Variable<Scalar> x, Reduction reduction,
                        CallSite site = CallSite::current());

}  // namespace unroll::inline v0
