#pragma once

#include <unroll/framework/tape/tape.hpp>

#include <cstddef>

/// A tensor repeated to fill a shape, for the sources of ops: a node that has no numbers until an op reads them. `map`
/// reads the repeated tensor in place and adds to its gradient (map_tiles.hpp). For any other op, the tape makes the
/// numbers, once.
namespace unroll::inline v0::detail {

/// The note of such a node, which repeats along axes that lie side by side: `of`, seen as [before, after], fills
/// [before, repeats, after]. A missing first axis has before = 1, a last axis of extent 1 has after = 1.
template <class Scalar>
struct Repetition {
  Variable<Scalar> of;  // the repeated tensor
  std::size_t repeats, after;

  /// The numbers of the repeated tensor. Throws TapeError when it is a parameter that has changed since it was used.
  const Scalar* numbers() const;
  /// Writes the numbers [first, first + count) of the node to `to`; `numbers` are those of the repeated tensor.
  void write(std::size_t first, std::size_t count, const Scalar* numbers, Scalar* to) const;
  /// Adds the gradient `arrived` of these numbers of the node to `gradient`, that of the repeated tensor.
  void add_gradient(std::size_t first, std::size_t count, const Scalar* arrived, Scalar* gradient) const;
};

/// The repetition behind `x`, for an op that reads the repeated tensor and adds to its gradient in place of x's;
/// nullptr when x repeats nothing, or the tape keeps its gradient.
template <class Scalar>
const Repetition<Scalar>* repetition(Variable<Scalar> x) {
  const auto* const found = x.tape().template find_note<Repetition<Scalar>>(x);
  return found != nullptr && x.forgo_gradient() ? found : nullptr;
}

/// Records a node of `shape` whose numbers are those of a repetition.
template <class Scalar>
Variable<Scalar> repeat(const char* operation, const Repetition<Scalar>& repetition, const Shape& shape);

}  // namespace unroll::inline v0::detail
