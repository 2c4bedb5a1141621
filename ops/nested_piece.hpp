#pragma once

#include <unroll/framework/tape/tape.hpp>

#include <cstddef>

namespace unroll::inline v0 {

/// Steps first .. first + count - 1 of a sequence [T, ...], as a leaf [count, ...] of a tape that is nested in the
/// sequence's. The leaf copies no numbers: rows picked from a table are picked from it again, so that a product
/// with them can still become a product with the table. The nested tape's sweep adds the leaf's gradient to the
/// sequence's. Throws ShapeError when there are no such steps, TapeError when the tape is not nested in the sequence's.
template <class Scalar>
Variable<Scalar> nested_piece(Tape<Scalar>& nested, Variable<Scalar> sequence, std::size_t first, std::size_t count,
                              CallSite site = CallSite::current());

}  // namespace unroll::inline v0
