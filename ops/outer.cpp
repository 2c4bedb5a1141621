#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/matmul.hpp>
#include <unroll/ops/outer.hpp>
#include <unroll/ops/shaping.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0 {

namespace {
void expect_rows_of_both(const Shape& a, const Shape& b) {
  if (a.rank() > 0 && a.rank() == b.rank() && std::equal(a.begin(), a.end() - 1, b.begin())) return;
  throw ShapeError(
      fmt::format("outer: rows differ: left {} by right {}, expected the same axes before the last (was one of them "
                  "summed over an axis?)",
                  to_string(a), to_string(b)));
}
}  // namespace

template <class Scalar>
Variable<Scalar> outer(Variable<Scalar> a, Operand<Scalar> operand) {
  const CalledFrom caller(a.tape(), operand.site());
  const auto b = operand.on(a.tape());
  const Shape left = a.shape(), right = b.shape();
  expect_rows_of_both(left, right);
  return matmul<Scalar>(reshape(a, left.inserted(left.rank(), 1)), reshape(b, right.inserted(right.rank() - 1, 1)));
}

template Variable<float> outer(Variable<float>, AnyOperand<float>);
template Variable<double> outer(Variable<double>, AnyOperand<double>);
template Variable<DualNumber> outer(Variable<DualNumber>, AnyOperand<DualNumber>);

}  // namespace unroll::inline v0
