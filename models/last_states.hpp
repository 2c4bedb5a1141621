#pragma once

#include <unroll/models/packing.hpp>

namespace unroll::inline v0 {

/// What each sequence of a batch ends with, [N, H]: its row of its last step, or, going backward, of its first one. Of
/// a sequence that has no step it is its row of `first`, [N, H], the state that it began with. For the layers of users,
/// whose run is given packed rows where sequences have lengths, and gives a state in the order in which it came:
///
///     Unrolled<Scalar, State> run(const SequenceBatch<Scalar>& batch, const State& state, const Moment&) const {
///       const auto hidden = ...;  // made of batch.data, row by row
///       return {hidden, {last_states(SequenceBatch{hidden, batch.packing}, state.hidden)}};
///     }
///
/// `steps` are the rows as the batch came, [T, N, H] or packed [1, P, H]. Throws ShapeError when they, or `first`, are
/// not of the batch.
template <class Scalar>
Variable<Scalar> last_states(const SequenceBatch<Scalar>& steps, Variable<Scalar> first,
                             Direction direction = Direction::forward, Where where = Where::current());

}  // namespace unroll::inline v0
