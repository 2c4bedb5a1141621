#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/bias.hpp>
#include <unroll/ops/kernels/row_kernels.hpp>

#include <fmt/format.h>

namespace unroll::inline v0 {

void detail::expect_column_vector(const char* operation, const char* argument, const Shape& vector, const Shape& x) {
  if (x.rank() == 0 || vector != Shape{x.back()})
    throw ShapeError(
        fmt::format("{}: {} has shape {}, expected one number for each of the last axis of {} (was it made "
                    "for a layer of another width?)",
                    operation, argument, to_string(vector), to_string(x)));
}

template <class Scalar>
Variable<Scalar> add_bias(Variable<Scalar> x, Operand<Scalar> operand) {
  const CalledFrom caller(x.tape(), operand.site());
  const auto bias = operand.on(x.tape());
  detail::expect_column_vector("add_bias", "bias", bias.shape(), x.shape());
  const auto y = x.tape().record("add_bias", x.shape(), {x, bias});
  const std::size_t columns = x.shape().back(), rows = columns == 0 ? 0 : x.shape().size() / columns;
  for (std::size_t first = 0; first < rows * columns; first += columns)
    detail::transform_row(
        columns, [](auto a, auto b) { return a + b; }, {.data = y.writable() + first, .unwritten = true},
        x.value().data() + first, bias.value().data());

  y.on_backward([=] {
    if (x.needs_gradient()) x.gradient_sink().add(y.upstream(), rows * columns);
    if (bias.needs_gradient()) detail::add_column_sums(y.tape(), rows, columns, y.upstream(), bias);
  });
  return y;
}

template Variable<float> add_bias(Variable<float>, AnyOperand<float>);
template Variable<double> add_bias(Variable<double>, AnyOperand<double>);
template Variable<DualNumber> add_bias(Variable<DualNumber>, AnyOperand<DualNumber>);

}  // namespace unroll::inline v0
