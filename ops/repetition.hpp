#pragma once

#include <unroll/framework/tape.hpp>

#include <cstddef>

/// A tensor repeated to fill a shape, as a node that has no numbers until an op asks for them. `map` reads what is
/// repeated where it lies, and adds to its gradient there (map_tiles.hpp); for any other op the numbers are made, once.
/// For the sources of ops.
namespace unroll::inline v0::detail {

/// The note of such a node, which repeats axes that lie side by side: `of`, seen as [before, after], fills
/// [before, repeats, after]. So it is for a missing first axis (before = 1), a last axis of extent 1 (after = 1), and
/// for axes in the middle.
template <class Scalar>
struct Repetition {
  Variable<Scalar> of;
  std::size_t repeats, after;

  /// The numbers that are repeated. Throws TapeError when they are a parameter's that has changed meanwhile.
  const Scalar* numbers() const;
  /// Writes numbers [first, first + count) of the node, made of `numbers`.
  void write(std::size_t first, std::size_t count, const Scalar* numbers, Scalar* to) const;
  /// Adds the gradient of these numbers of the node to that of what is repeated.
  void add_gradient(std::size_t first, std::size_t count, const Scalar* arrived, Scalar* gradient) const;
};

/// What `x` repeats, for an op that reads or writes that instead of x; nullptr when it is a node like others, or its
/// gradient is to be kept.
template <class Scalar>
const Repetition<Scalar>* repetition(Variable<Scalar> x) {
  const auto* const found = x.tape().template find_note<Repetition<Scalar>>(x);
  return found != nullptr && x.pass_by() ? found : nullptr;
}

/// A node of `shape` that is filled by a repetition.
template <class Scalar>
Variable<Scalar> repeat(const char* operation, const Repetition<Scalar>& repetition, const Shape& shape);

}  // namespace unroll::inline v0::detail
