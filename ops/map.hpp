#pragma once

#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/kernels/dual.hpp>
#include <unroll/ops/kernels/formulas.hpp>
#include <unroll/ops/kernels/lanes.hpp>
#include <unroll/ops/kernels/map_kernel.hpp>
#include <unroll/ops/operands/map_tiles.hpp>
#include <unroll/ops/operands/operand_rows.hpp>

#include <array>
#include <tuple>
#include <type_traits>
#include <utility>

namespace unroll::inline v0 {

namespace detail {

/// Adds the gradients of the rows of `shape`, which is that of the whole map or of one tile.
template <class Function, class Scalar, std::size_t n, std::size_t m>
void sweep_rows(const Function& function, const Shape& shape, const std::array<RowBlock<const Scalar>, n>& values,
                const std::array<RowBlock<const Scalar>, m>& upstream, std::array<RowBlock<Scalar>, n>& gradients) {
  for (std::size_t j = 0; j < n; ++j)
    if (gradients[j].data == nullptr) gradients[j].stride = values[j].stride, gradients[j].picked = values[j].picked;
  map_gradients<Lanes<Scalar>>(function, flattened(shape, values, gradients), values, upstream, gradients);
}

/// The rule of a map: finds the rows of values and gradients, and runs the lambda on duals.
template <class Function, class Scalar, std::size_t n, std::size_t m>
void sweep_map(const Function& function, const std::array<Variable<Scalar>, n>& inputs,
               const std::array<Variable<Scalar>, m>& outputs) {
  const Shape shape = inputs[0].shape();
  const Repetitions<Scalar, n> repeated(inputs);
  std::array<RowBlock<const Scalar>, m> upstream;
  for (std::size_t k = 0; k < m; ++k)
    upstream[k] = {outputs[k].has_upstream() ? outputs[k].upstream() : nullptr, shape.back()};
  const auto values = value_rows(inputs, repeated);
  auto gradients = gradient_rows(inputs, repeated, values);
  if (repeated.any)
    sweep_tiles(shape, repeated, values, upstream, gradients, [&](auto&&... tile) { sweep_rows(function, tile...); });
  else
    sweep_rows(function, shape, values, upstream, gradients);
}

/// Computes the results of the rows of `shape`, which is that of the whole map or of one tile.
template <class Function, class Scalar, std::size_t n, std::size_t m>
void map_rows(const Function& function, const Shape& shape, const std::array<RowBlock<const Scalar>, n>& values,
              const std::array<RowBlock<Scalar>, m>& results) {
  map_values<Lanes<Scalar>>(function, flattened(shape, values), values, results);
}

/// How many results the lambda returns for n inputs.
template <class Function, class Scalar, std::size_t... j>
constexpr std::size_t result_count(std::index_sequence<j...>) {
  return count_results<decltype(std::declval<Function>()((static_cast<void>(j), std::declval<Lanes<Scalar>>())...))>();
}

/// Records the outputs of a map and computes their values; sets no rule.
template <class Function, class Scalar, std::size_t n>
auto record_values(const char* operation, const Function& function, const std::array<Variable<Scalar>, n>& inputs) {
  static_assert(std::is_trivially_copyable_v<Function>,
                "map: the lambda is kept on the tape, so it may capture numbers only, and by value");
  constexpr std::size_t m = result_count<Function, Scalar>(std::make_index_sequence<n>());
  const Shape shape = inputs[0].shape();
  const Repetitions<Scalar, n> repeated(inputs);
  std::array<Variable<Scalar>, m> outputs;
  std::array<RowBlock<Scalar>, m> results;
  for (std::size_t j = 1; j < n; ++j) expect_same_shape(operation, shape, inputs[j].shape());
  for (auto& output : outputs) output = inputs[0].tape().record(operation, shape, inputs);
  const auto values = value_rows(inputs, repeated);
  for (std::size_t k = 0; k < m; ++k) results[k] = {outputs[k].writable(), shape.back()};
  if (repeated.any)
    map_tiles(shape, repeated, values, results, [&](const auto&... tile) { map_rows(function, tile...); });
  else
    map_rows(function, shape, values, results);
  return outputs;
}

/// Records the outputs of a map, computes their values and sets their rule.
template <class Function, class Scalar, std::size_t n>
auto record_map(const char* operation, const Function& function, const std::array<Variable<Scalar>, n>& inputs) {
  const auto outputs = record_values(operation, function, inputs);
  constexpr std::size_t m = std::tuple_size_v<std::remove_const_t<decltype(outputs)>>;
  outputs[0].on_backward([function, inputs, outputs] { sweep_map(function, inputs, outputs); }, m);
  if constexpr (m == 1)
    return outputs[0];
  else
    return outputs;
}

/// The tape of the first operand that is a Variable.
template <class First, class... Rest>
auto& tape_among(const First& first, const Rest&... rest) {
  if constexpr (requires { first.tape(); })
    return first.tape();
  else
    return tape_among(rest...);
}
template <class Function, class Scalar, class... Operands>
auto map_on(Tape<Scalar>& tape, const OperationName& operation, const Function& function, const Operands&... operands) {
  const CalledFrom caller(tape, operation.site);
  return record_map(operation.text, function,
                    std::array<Variable<Scalar>, sizeof...(Operands)>{AnyOperand<Scalar>(operands).on(tape)...});
}

/// Stands for an operand that the caller has not given.
struct Nothing {};
template <class Type>
auto if_given(const Type& operand) {
  if constexpr (std::is_same_v<Type, Nothing>)
    return std::tuple<>();
  else
    return std::tie(operand);
}
template <class Type>
concept NotAName = !std::is_convertible_v<const Type&, OperationName>;

}  // namespace detail

/// The one element-wise primitive: applies a generic lambda to every element of inputs of one shape, in one pass.
///
///     const auto [hidden, cell] = map("gates", [](auto i, auto f, auto g, auto o, auto c) {
///       const auto next = sigmoid(f) * c + sigmoid(i) * tanh(g);
///       return std::tuple{sigmoid(o) * tanh(next), next};
///     }, input_gate, forget_gate, candidate, output_gate, previous.cell);
///
/// The lambda is compiled twice: on registers of numbers for the value, and on duals for the gradient, which it
/// recomputes instead of storing. It may call + - * /, comparisons, where, exp, log, expm1, log1p, sqrt, abs, pow,
/// tanh, sigmoid, erf, sin, cos, and capture numbers by value; never capture by reference, since it runs again in
/// backward. Where a slope is infinite (sqrt at 0), the gradient of an input of that slope may be NaN at that element.
///
/// At least one input is a Variable; the others may be Parameters or Tensors. Returns one Variable, or as many as the
/// lambda returns, as an array. `operation` is a literal, for messages and reports. Throws ShapeError when the shapes
/// differ (nothing is broadcast silently), and TapeError after backward. `map` reads an operand made by broadcast
/// (shaping.hpp) in place and sums its gradient there, so no copy of the whole shape is made. When the result gives the
/// slope, map_with_slope.hpp saves computing the function again.
template <class Function, class... Operands>
auto map(OperationName operation, const Function& function, const Operands&... operands) {
  return detail::map_on(detail::tape_among(operands...), operation, function, operands...);
}

/// The same without a name, for up to eight inputs.
// Eight, and not a parameter pack: the call site could not follow a pack as a default argument.
template <detail::NotAName Function, class A, class B = detail::Nothing, class C = detail::Nothing,
          class D = detail::Nothing, class E = detail::Nothing, class F = detail::Nothing, class G = detail::Nothing,
          class H = detail::Nothing>
auto map(const Function& function, const A& a, const B& b = {}, const C& c = {}, const D& d = {}, const E& e = {},
         const F& f = {}, const G& g = {}, const H& h = {}, CallSite site = CallSite::current()) {
  using detail::if_given;
  const auto operands = std::tuple_cat(if_given(a), if_given(b), if_given(c), if_given(d), if_given(e), if_given(f),
                                       if_given(g), if_given(h));
  return std::apply([&](const auto&... operand) { return map(OperationName("map", site), function, operand...); },
                    operands);
}

}  // namespace unroll::inline v0
