#pragma once

#include <unroll/framework/tape/variable.hpp>

namespace unroll::inline v0 {

/// Adds a bias [H] to every row of x [..., H]. Throws ShapeError unless the last axes agree.
template <class Scalar>
Variable<Scalar> add_bias(Variable<Scalar> x, Operand<Scalar> bias);

namespace detail {
/// Throws ShapeError unless `vector` has one number for each column of `x`.
void expect_column_vector(const char* operation, const char* argument, const Shape& vector, const Shape& x);
}  // namespace detail

}  // namespace unroll::inline v0
