#pragma once

#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/lengths.hpp>

namespace unroll::inline v0 {

/// The rows of a table, one for each token: table [V, D], tokens [T, N] (or of any shape) -> [T, N, D].
/// The gradient of a row is the sum over its tokens. The op copies no row until another op, or value(), reads the
/// result: `linear` of more tokens than the table has rows multiplies the table instead, and picks rows of the product
/// (operands/picked_rows.hpp). Throws ArgumentError when a token is outside [0, V), and TapeError after backward.
template <class Scalar>
Variable<Scalar> rows(Variable<Scalar> table, TensorView<const int> tokens, CallSite site = CallSite::current());
/// The same for a Parameter. It also takes the tape, since no operand is a Variable.
template <class Scalar>
Variable<Scalar> rows(Tape<Scalar>& tape, const Parameter<std::type_identity_t<Scalar>>& table,
                      TensorView<const int> tokens, CallSite site = CallSite::current()) {
  return rows(tape.use(table, site), tokens, site);
}

/// The same for sequences of different lengths, tokens [T, N] -> [T, N, D]. The op reads no token beyond the end of a
/// sequence, so any padding will do, -1 too. Beyond the end the result is row 0 of the table; ops that take the same
/// lengths do not read it, and no gradient comes from there. Without lengths, every token counts. Also throws what
/// expect_lengths (lengths.hpp) throws.
template <class Scalar>
Variable<Scalar> rows(Variable<Scalar> table, TensorView<const int> tokens, Lengths lengths,
                      CallSite site = CallSite::current());
/// The same for a Parameter.
template <class Scalar>
Variable<Scalar> rows(Tape<Scalar>& tape, const Parameter<std::type_identity_t<Scalar>>& table,
                      TensorView<const int> tokens, Lengths lengths, CallSite site = CallSite::current()) {
  return rows(tape.use(table, site), tokens, lengths, site);
}

/// Row `row` of a table [V, D], `count` times: [N, D]. It is for weights of single units, as peepholes are: `map` reads
/// the row in place and adds its gradient there, while another op gets a copy. Throws ShapeError when the table
/// has no such row.
template <class Scalar>
Variable<Scalar> repeated_row(Variable<Scalar> table, std::size_t row, std::size_t count,
                              CallSite site = CallSite::current());

namespace detail {

/// Whether `x` is picked from a table and has more rows than the table, so that a product with the table saves work.
template <class Scalar>
bool repeat_a_table(Variable<Scalar> x);

}  // namespace detail

}  // namespace unroll::inline v0
