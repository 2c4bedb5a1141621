#include <unroll/framework/error.hpp>
#include <unroll/framework/tape.hpp>
#include <unroll/ops/matmul.hpp>
#include <unroll/ops/picked_rows.hpp>
#include <unroll/ops/weight_product.hpp>

#include <fmt/format.h>

namespace unroll::inline v0 {

namespace {
void expect_inner_sizes(const Shape& a, const Shape& b) {
  expect_axes("matmul", "the right operand", b, "DH");
  if (a.rank() > 0 && a.back() == b[0]) return;
  const bool transposed = a.rank() > 0 && a.back() == b[1];
  throw ShapeError(fmt::format("matmul: inner sizes differ: left {} by right {} ({})",
                               describe(a, a.rank() == 3 ? "TND" : "ND"), describe(b, "DH"),
                               transposed ? "did you forget to transpose? linear takes weights as [H, D]"
                                          : "the last axis of the left must be the first of the right"));
}
}  // namespace

template <class Scalar>
Variable<Scalar> matmul(Variable<Scalar> a, Operand<Scalar> right) {
  const CalledFrom caller(a.tape(), right.where());
  const auto b = right.on(a.tape());
  const Shape shape = a.shape();
  expect_inner_sizes(shape, b.shape());
  const std::size_t inner = b.shape()[0], width = b.shape()[1], rows = shape.before(shape.rank() - 1);
  const Shape result = shape.with(shape.rank() - 1, width);
  if (const auto picked = detail::multiply_table("matmul", a, b, {}, result,
                                                 [&](Variable<Scalar> table) { return matmul<Scalar>(table, b); }))
    return picked;
  const auto y = a.tape().record("matmul", result, {a, b});
  product_with<Scalar>({a.value().data(), rows, inner}, b, Turn::none, y.writable(), Write::over);

  y.on_backward([=] {
    const Scalar* const dy = y.upstream();
    if (a.needs_gradient()) {  // [N, H] · [D, H]ᵀ -> [N, D]
      const auto [da, fresh] = a.sink();
      product_with<Scalar>({dy, rows, width}, b, Turn::transposed, da, add_if(!fresh));
    }
    if (b.needs_gradient())  // [N, D]ᵀ · [N, H] -> [D, H]
      gather_gradient<Scalar>(b, {a.value().data(), dy, rows}, y);
  });
  return y;
}

template Variable<float> matmul(Variable<float>, AnyOperand<float>);
template Variable<double> matmul(Variable<double>, AnyOperand<double>);
template Variable<DualNumber> matmul(Variable<DualNumber>, AnyOperand<DualNumber>);

}  // namespace unroll::inline v0
