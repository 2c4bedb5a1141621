#include <unroll/framework/error.hpp>
#include <unroll/framework/tape.hpp>
#include <unroll/ops/linear.hpp>
#include <unroll/ops/weight_product.hpp>

#include <fmt/format.h>

namespace unroll::inline v0 {

namespace {

void expect_weight(const Shape& x, const Shape& weight) {
  expect_axes("linear", "the weight", weight, "HD");
  if (x.rank() > 0 && x.back() == weight[1]) return;
  throw ShapeError(fmt::format("linear: the input has shape {}, the weight {} expects D = {} ({})",
                               describe(x, x.rank() == 3 ? "TND" : "ND"), describe(weight, "HD"), weight[1],
                               x.rank() > 0 && x.back() == weight[0]
                                   ? "is the weight transposed? it is [outputs, inputs]"
                                   : "was the layer made for other inputs?"));
}

void expect_bias(const Shape& bias, const Shape& weight) {
  if (bias == Shape{weight[0]}) return;
  throw ShapeError(fmt::format("linear: the bias has shape {}, the weight {} expects [H={}]", to_string(bias),
                               describe(weight, "HD"), weight[0]));
}

template <class Scalar>
void fill_rows(Scalar* rows, std::size_t count, const Scalar* row, std::size_t width) {
  for (std::size_t i = 0; i < count; ++i) std::copy_n(row, width, rows + i * width);
}

template <class Scalar>
void add_rows(Scalar* sum, const Scalar* rows, std::size_t count, std::size_t width) {
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < width; ++j) sum[j] += rows[i * width + j];
}

template <class Scalar>
Variable<Scalar> record_linear(Variable<Scalar> x, Variable<Scalar> weight, Variable<Scalar> bias) {
  const Shape shape = x.shape();
  expect_weight(shape, weight.shape());
  if (bias) expect_bias(bias.shape(), weight.shape());
  const std::size_t inner = shape.back(), width = weight.shape()[0], rows = shape.before(shape.rank() - 1);
  const Shape result = shape.with(shape.rank() - 1, width);
  const auto y =
      bias ? x.tape().record("linear", result, {x, weight, bias}) : x.tape().record("linear", result, {x, weight});
  if (bias) fill_rows(y.writable(), rows, bias.value().data(), width);
  product_with<Scalar>({x.value().data(), rows, inner}, weight, Turn::transposed, y.writable(),
                       static_cast<bool>(bias));

  y.on_backward([=] {
    const Scalar* const dy = y.upstream();
    if (x.needs_gradient()) {  // [N, H] · [H, D] -> [N, D]
      const auto [dx, fresh] = x.sink();
      product_with<Scalar>({dy, rows, width}, weight, Turn::none, dx, !fresh);
    }
    if (weight.needs_gradient()) {  // [N, H]ᵀ · [N, D] -> [H, D]
      const auto [dw, fresh] = weight.sink();
      product<Scalar>({dy, rows, width, true}, {x.value().data(), rows, inner}, dw, !fresh);
    }
    if (bias && bias.needs_gradient()) add_rows(bias.gradient_sum(), dy, rows, width);
  });
  return y;
}

}  // namespace

template <class Scalar>
Variable<Scalar> linear(Variable<Scalar> x, Operand<Scalar> weight) {
  return record_linear(x, weight.on(x.tape()), Variable<Scalar>());
}

template <class Scalar>
Variable<Scalar> linear(Variable<Scalar> x, Operand<Scalar> weight, Operand<Scalar> bias) {
  return record_linear(x, weight.on(x.tape()), bias.on(x.tape()));
}

template Variable<float> linear(Variable<float>, AnyOperand<float>);
template Variable<double> linear(Variable<double>, AnyOperand<double>);
template Variable<float> linear(Variable<float>, AnyOperand<float>, AnyOperand<float>);
template Variable<double> linear(Variable<double>, AnyOperand<double>, AnyOperand<double>);

}  // namespace unroll::inline v0
