#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/kernels/row_kernels.hpp>
#include <unroll/ops/linear.hpp>
#include <unroll/ops/operands/picked_rows.hpp>
#include <unroll/ops/products/weight_product.hpp>

#include <fmt/format.h>

#include <array>

namespace unroll::inline v0 {

namespace {

void expect_weight(const char* operation, const Shape& x, const Shape& weight) {
  expect_axes(operation, "the weight", weight, "HD");
  if (x.rank() > 0 && x.back() == weight[1]) return;
  throw ShapeError(fmt::format("{}: the input has shape {}, the weight {} expects D = {} ({})", operation,
                               describe(x, x.rank() == 3 ? "TND" : "ND"), describe(weight, "HD"), weight[1],
                               x.rank() > 0 && x.back() == weight[0]
                                   ? "is the weight transposed? it is [outputs, inputs]"
                                   : "was the layer made for other inputs?"));
}

void expect_bias(const char* operation, const Shape& bias, const Shape& weight) {
  if (bias == Shape{weight[0]}) return;
  throw ShapeError(fmt::format("{}: the bias has shape {}, the weight {} expects [H={}]", operation, to_string(bias),
                               describe(weight, "HD"), weight[0]));
}

void expect_onto(const char* operation, const Shape& onto, const Shape& result) {
  if (onto == result) return;
  throw ShapeError(
      fmt::format("{}: a product of shape {} cannot be added onto {} (was the part that does not depend on "
                  "the state projected for another cell?)",
                  operation, to_string(result), to_string(onto)));
}

/// Writes the rows onto which the product accumulates: those of `onto`, plus the bias.
template <class Scalar>
void fill_rows(Scalar* to, std::size_t count, std::size_t width, Variable<Scalar> onto, Variable<Scalar> bias) {
  if (width == 0) return;  // there may be very many rows without numbers
  const auto* const picked = onto ? detail::picked_rows(onto) : nullptr;
  const Scalar* const added = bias ? bias.value().data() : nullptr;
  const RowBlock<const Scalar> rows =
      picked ? picked->values() : RowBlock<const Scalar>{onto ? onto.value().data() : added, onto ? width : 0};
  for (std::size_t i = 0; i < count; ++i, to += width) {
    const Scalar* const row = rows.row(i);
    if (added == nullptr || !onto)
      std::copy_n(row, width, to);
    else
      detail::transform_row(
          width, [](auto a, auto b) { return a + b; }, {.data = to, .unwritten = true}, row, added);
  }
}

template <class Scalar>
void add_to(Variable<Scalar> onto, const Scalar* arrived) {
  if (const auto* const picked = detail::picked_rows(onto))
    picked->add_gradient(arrived);
  else
    onto.gradient_sink().add(arrived, onto.shape().size());
}

template <class Scalar>
void add_bias_gradient(Scalar* sum, const Scalar* rows, std::size_t count, std::size_t width) {
  for (std::size_t i = 0; width > 0 && i < count; ++i)
    for (std::size_t j = 0; j < width; ++j) sum[j] += rows[i * width + j];
}

/// onto + x · weightᵀ + bias, where `onto` and `bias` may be empty Variables.
template <class Scalar>
Variable<Scalar> record_linear(const char* operation, Variable<Scalar> onto, Variable<Scalar> x,
                               Variable<Scalar> weight, Variable<Scalar> bias) {
  const Shape shape = x.shape();
  expect_weight(operation, shape, weight.shape());
  if (bias) expect_bias(operation, bias.shape(), weight.shape());
  const std::size_t inner = shape.back(), width = weight.shape()[0], rows = shape.before(shape.rank() - 1);
  const Shape result = shape.with(shape.rank() - 1, width);
  if (onto) expect_onto(operation, onto.shape(), result);
  if (!onto)
    if (const auto picked = detail::multiply_table(operation, x, weight, bias, result, [&](Variable<Scalar> table) {
          return record_linear(operation, onto, table, weight, bias);
        }))
      return picked;

  std::array<Variable<Scalar>, 4> inputs{x, weight};
  std::size_t count = 2;
  for (const auto& more : {onto, bias})
    if (more) inputs.at(count++) = more;
  const auto y = x.tape().record(operation, result, std::span<const Variable<Scalar>>(inputs.data(), count));
  if (onto || bias) fill_rows(y.writable(), rows, width, onto, bias);
  weight_product<Scalar>({x.value().data(), rows, inner}, weight, Orientation::transposed, y.writable(),
                         add_if(onto || bias));

  y.on_backward([=] {
    const Scalar* const dy = y.upstream();
    if (x.needs_gradient()) {  // [N, H] · [H, D] -> [N, D]
      const auto [dx, unwritten] = x.gradient_sink();
      weight_product<Scalar>({dy, rows, width}, weight, Orientation::as_stored, dx, add_if(!unwritten));
    }
    if (weight.needs_gradient())  // [N, H]ᵀ · [N, D] -> [H, D]
      gather_gradient<Scalar>(weight, {dy, x.value().data(), rows}, y);
    if (bias && bias.needs_gradient()) add_bias_gradient(bias.mutable_gradient(), dy, rows, width);
    if (onto && onto.needs_gradient()) add_to(onto, dy);
  });
  y.forgo_value();  // the rule reads neither y nor `onto`
  if (onto) onto.forgo_value();
  return y;
}

}  // namespace

template <class Scalar>
Variable<Scalar> linear(Variable<Scalar> x, Operand<Scalar> weight) {
  const CalledFrom caller(x.tape(), weight.site());
  return record_linear("linear", {}, x, weight.on(x.tape()), {});
}
template <class Scalar>
Variable<Scalar> linear(Variable<Scalar> x, Operand<Scalar> weight, Operand<Scalar> bias) {
  const CalledFrom caller(x.tape(), weight.site());
  return record_linear("linear", {}, x, weight.on(x.tape()), bias.on(x.tape()));
}
template <class Scalar>
Variable<Scalar> add_linear(Variable<Scalar> onto, Variable<Scalar> x, Operand<Scalar> weight) {
  const CalledFrom caller(onto.tape(), weight.site());
  return record_linear("add_linear", onto, x, weight.on(x.tape()), {});
}
template <class Scalar>
Variable<Scalar> add_linear(Variable<Scalar> onto, Variable<Scalar> x, Operand<Scalar> weight, Operand<Scalar> bias) {
  const CalledFrom caller(onto.tape(), weight.site());
  return record_linear("add_linear", onto, x, weight.on(x.tape()), bias.on(x.tape()));
}

#define UNROLL_INSTANTIATE(Scalar)                                                              \
  template Variable<Scalar> linear(Variable<Scalar>, AnyOperand<Scalar>);                       \
  template Variable<Scalar> linear(Variable<Scalar>, AnyOperand<Scalar>, AnyOperand<Scalar>);   \
  template Variable<Scalar> add_linear(Variable<Scalar>, Variable<Scalar>, AnyOperand<Scalar>); \
  template Variable<Scalar> add_linear(Variable<Scalar>, Variable<Scalar>, AnyOperand<Scalar>, AnyOperand<Scalar>);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0
