#pragma once

#include <unroll/models/sequences/ragged_rows.hpp>

namespace unroll::inline v0 {

/// The last state of each sequence of a batch, [N, H]: its row of its last step or, when the layer goes backward in
/// time, of its first one; for a sequence without steps its row of `first` [N, H], the state before the first step. It
/// is for a layer of your own, whose `run` gets ragged rows when sequences have lengths, and must return the state in
/// the order in which it came:
///
///     Unrolled<Scalar, State> run(const SequenceBatch<Scalar>& batch, const State& state, const StepContext&) const {
///       const auto hidden = tanh(batch.data);  // or what else your layer computes row by row
///       return {hidden, {last_states(SequenceBatch{hidden, batch.ragged}, state.hidden)}};
///     }
///
/// `steps` are rows in the layout of the batch, [T, N, H] or ragged rows [1, P, H]. Throws ShapeError when they, or
/// `first`, are not of the batch, and TapeError after backward.
template <class Scalar>
Variable<Scalar> last_states(const SequenceBatch<Scalar>& steps, Variable<Scalar> first,
                             Direction direction = Direction::forward, CallSite site = CallSite::current());

}  // namespace unroll::inline v0
