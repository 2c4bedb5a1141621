#pragma once

#include <unroll/framework/tape.hpp>
#include <unroll/ops/lengths.hpp>

namespace unroll::inline v0 {

/// How many numbers a product of a table may have to be kept for inference: 64 MiB in float. That of a vocabulary of
/// words can be larger than the model; its rows are multiplied as they come.
inline constexpr std::size_t largest_kept_product = std::size_t{1} << 24;

/// The rows of a table, one for each token: table [V, D], tokens [T, N] (or of any shape) -> [T, N, D].
/// The gradient of a row is the sum over its tokens. The rows are copied when somebody asks for them: a product with
/// them, of more tokens than the table has rows, is one with the table, and its rows are picked. An embedding has no
/// other operand that would know the tape. Throws ArgumentError when a token is outside [0, V).
template <class Scalar>
Variable<Scalar> rows(Variable<Scalar> table, TensorView<const int> tokens, Where where = Where::current());
template <class Scalar>
Variable<Scalar> rows(Tape<Scalar>& tape, const Parameter<std::type_identity_t<Scalar>>& table,
                      TensorView<const int> tokens, Where where = Where::current()) {
  return rows(tape.use(table, where), tokens, where);
}

/// The same for sequences of different lengths, tokens [T, N] -> [T, N, D]: what stands beyond the end of a sequence is
/// not looked at, -1 as well as any other padding. There the result has row 0 of the table, which no op that is given
/// the lengths looks at either, so that no gradient comes from there. Without lengths every token counts. Throws what
/// expect_lengths throws besides.
template <class Scalar>
Variable<Scalar> rows(Variable<Scalar> table, TensorView<const int> tokens, Lengths lengths,
                      Where where = Where::current());
template <class Scalar>
Variable<Scalar> rows(Tape<Scalar>& tape, const Parameter<std::type_identity_t<Scalar>>& table,
                      TensorView<const int> tokens, Lengths lengths, Where where = Where::current()) {
  return rows(tape.use(table, where), tokens, lengths, where);
}

/// Row `row` of a table [V, D], `count` times: [N, D]. A weight that each unit of a layer has for itself, for `map`,
/// which reads it where it is and adds up its gradient there; others get a copy. Throws ShapeError when the table has
/// no such row.
template <class Scalar>
Variable<Scalar> repeated_row(Variable<Scalar> table, std::size_t row, std::size_t count,
                              Where where = Where::current());

}  // namespace unroll::inline v0
