#pragma once

#include <unroll/framework/tape.hpp>
#include <unroll/ops/dual.hpp>
#include <unroll/ops/formulas.hpp>
#include <unroll/ops/lanes.hpp>
#include <unroll/ops/picked_rows.hpp>

#include <array>
#include <tuple>
#include <type_traits>
#include <utility>

namespace unroll::inline v0 {

namespace detail {

// A lambda may return one result, or a tuple (or pair, or array) of them.
template <class Type>
concept SeveralResults = requires {
  std::tuple_size<Type>::value;
};
template <class Result>
constexpr std::size_t count_results() {
  if constexpr (SeveralResults<Result>)
    return std::tuple_size_v<Result>;
  else
    return 1;
}
template <std::size_t k, class Result>
const auto& result_number(const Result& result) {
  if constexpr (SeveralResults<Result>)
    return std::get<k>(result);
  else
    return result;
}

/// Rows that can be walked as one when nobody skips columns or picks rows.
struct Extent {
  std::size_t rows, columns;
};
template <class... Blocks>
Extent flattened(const Shape& shape, const Blocks&... blocks) {
  const std::size_t columns = shape.back();
  if (((blocks.stride == columns && blocks.picked == nullptr) && ...)) return {1, shape.size()};
  return {columns == 0 ? 0 : shape.size() / columns, columns};
}

/// Calls `full(column)` for whole registers of one row and `part(column, count)` for what is left.
template <std::size_t width>
void for_each_register(std::size_t columns, auto&& full, auto&& part) {
  std::size_t column = 0;
  for (; column + width <= columns; column += width) full(column);
  if (column < columns) part(column, columns - column);
}

/// Fewer numbers than a register holds. The rest repeats the last one: the same arithmetic serves every position.
template <class Vector, class Scalar>
Vector load_part(const Scalar* from, std::size_t count) {
  std::array<Scalar, Vector::count> padded;
  for (std::size_t i = 0; i < Vector::count; ++i) padded[i] = from[i < count ? i : count - 1];
  return Vector::load(padded.data());
}
template <class Vector, class Scalar>
void store_part(const Vector& numbers, Scalar* to, std::size_t count) {
  std::array<Scalar, Vector::count> padded;
  numbers.store(padded.data());
  std::copy_n(padded.data(), count, to);
}

/// compute(column, load, store) for each register of a row; where less than one is left, `load` repeats a number and
/// `store` leaves out what is beyond.
template <class Vector, class Scalar>
void for_each_part(std::size_t columns, const auto& compute) {
  for_each_register<Vector::count>(
      columns,
      [&](std::size_t column) {
        compute(
            column, [](const Scalar* from) { return Vector::load(from); },
            [](const Vector& numbers, Scalar* to) { numbers.store(to); });
      },
      [&](std::size_t column, std::size_t count) {
        compute(
            column, [count](const Scalar* from) { return load_part<Vector>(from, count); },
            [count](const Vector& numbers, Scalar* to) { store_part(numbers, to, count); });
      });
}

/// outputs[k] = f(inputs...)[k], element by element, a register at a time.
template <class Vector, class Function, class Scalar, std::size_t n, std::size_t m>
void map_values(const Function& function, const Extent& extent, const std::array<RowBlock<const Scalar>, n>& inputs,
                const std::array<RowBlock<Scalar>, m>& outputs) {
  for (std::size_t row = 0; row < extent.rows; ++row) {
    const auto compute = [&](std::size_t column, auto load, auto store) {
      const auto results = [&]<std::size_t... j>(std::index_sequence<j...>) {
        return function(load(inputs[j].row(row) + column)...);
      }
      (std::make_index_sequence<n>());
      [&]<std::size_t... k>(std::index_sequence<k...>) {
        (store(Vector(result_number<k>(results)), outputs[k].row(row) + column), ...);
      }
      (std::make_index_sequence<m>());
    };
    for_each_part<Vector, Scalar>(extent.columns, compute);
  }
}

/// gradients[j] (+)= Σₖ upstream[k] ∂f[k]/∂input[j], with f run on duals. A gradient without data is not wanted.
template <class Vector, class Function, class Scalar, std::size_t n, std::size_t m>
#if !defined(__SANITIZE_ADDRESS__)  // whose checks would be inlined too: the compiler takes minutes
[[gnu::flatten]]
#endif
void map_gradients(const Function& function, const Extent& extent,
                   const std::array<RowBlock<const Scalar>, n>& inputs,
                   const std::array<RowBlock<const Scalar>, m>& upstream,
                   const std::array<RowBlock<Scalar>, n>& gradients) {
  using DualVector = Dual<Vector, n>;
  for (std::size_t row = 0; row < extent.rows; ++row) {
    const auto compute = [&](std::size_t column, auto load, auto store) {
      const auto results = [&]<std::size_t... j>(std::index_sequence<j...>) {
        return function(DualVector::variable(load(inputs[j].row(row) + column), j)...);
      }
      (std::make_index_sequence<n>());
      // One output has been used, or the rule would not run; of several, each may be unused: its zeros, times an
      // infinite slope, would be NaN.
      const auto is_used = [&](std::size_t k) { return m == 1 || upstream[k].data != nullptr; };
      std::array<Vector, m> arrived;
      for (std::size_t k = 0; k < m; ++k) arrived[k] = is_used(k) ? load(upstream[k].row(row) + column) : Vector(0);
      const auto gradient_by = [&](std::size_t j) {
        return [&]<std::size_t... k>(std::index_sequence<k...>) {
          Slope<Vector> total;
          ((is_used(k) ? void(total = sum(total, times(arrived[k], DualVector(result_number<k>(results)).by(j))))
                       : void()),
           ...);
          return total.value;
        }
        (std::make_index_sequence<m>());
      };
      [&]<std::size_t... j>(std::index_sequence<j...>) {
        const auto put = [&](const RowBlock<Scalar>& block, const Vector& gradient) {
          if (block.data == nullptr) return;
          Scalar* const to = block.row(row) + column;
          store(block.fresh ? gradient : load(to) + gradient, to);
        };
        (put(gradients[j], gradient_by(j)), ...);
      }
      (std::make_index_sequence<n>());
    };
    for_each_part<Vector, Scalar>(extent.columns, compute);
  }
}

/// Rows of a table are read where they are.
template <class Scalar>
RowBlock<const Scalar> value_rows(Variable<Scalar> x) {
  const auto* const picked = picked_rows(x);
  return picked == nullptr ? x.value_rows() : picked->values();
}

/// The rule of a map: gathers where everything lies, and runs the lambda on duals.
template <class Function, class Scalar, std::size_t n, std::size_t m>
void sweep_map(const Function& function, const std::array<Variable<Scalar>, n>& inputs,
               const std::array<Variable<Scalar>, m>& outputs) {
  const Shape shape = inputs[0].shape();
  std::array<RowBlock<const Scalar>, n> values;
  std::array<RowBlock<const Scalar>, m> upstream;
  std::array<RowBlock<Scalar>, n> gradients{};
  for (std::size_t k = 0; k < m; ++k)
    upstream[k] = {outputs[k].has_upstream() ? outputs[k].upstream() : nullptr, shape.back()};
  for (std::size_t j = 0; j < n; ++j) {
    values[j] = value_rows(inputs[j]);
    const auto* const picked = picked_rows(inputs[j]);
    if (picked != nullptr && inputs[j].needs_gradient()) gradients[j] = picked->gradients();
  }
  outputs[0].tape().gradient_rows(inputs, gradients);
  for (std::size_t j = 0; j < n; ++j)
    if (gradients[j].data == nullptr) gradients[j].stride = values[j].stride, gradients[j].picked = values[j].picked;
  const Extent extent = std::apply(
      [&](const auto&... value) {
        return std::apply([&](const auto&... gradient) { return flattened(shape, value..., gradient...); }, gradients);
      },
      values);
  map_gradients<Lanes<Scalar>>(function, extent, values, upstream, gradients);
}

/// How many results the lambda gives for n inputs.
template <class Function, class Scalar, std::size_t... j>
constexpr std::size_t result_count(std::index_sequence<j...>) {
  return count_results<decltype(std::declval<Function>()((static_cast<void>(j), std::declval<Lanes<Scalar>>())...))>();
}

/// The values, without a rule.
template <class Function, class Scalar, std::size_t n>
auto record_values(const char* operation, const Function& function, const std::array<Variable<Scalar>, n>& inputs) {
  static_assert(std::is_trivially_copyable_v<Function>,
                "map: the lambda is kept on the tape, so it may capture numbers only, and by value");
  constexpr std::size_t m = result_count<Function, Scalar>(std::make_index_sequence<n>());
  const Shape shape = inputs[0].shape();
  std::array<Variable<Scalar>, m> outputs;
  std::array<RowBlock<const Scalar>, n> values;
  std::array<RowBlock<Scalar>, m> results;
  for (const auto& input : inputs) expect_same_shape(operation, shape, input.shape());
  for (auto& output : outputs) output = inputs[0].tape().record(operation, shape, inputs);
  for (std::size_t j = 0; j < n; ++j) values[j] = value_rows(inputs[j]);
  for (std::size_t k = 0; k < m; ++k) results[k] = {outputs[k].writable(), shape.back()};

  const Extent extent = std::apply([&](const auto&... value) { return flattened(shape, value...); }, values);
  map_values<Lanes<Scalar>>(function, extent, values, results);
  return outputs;
}

/// The values now, and the rule for later.
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
  const CalledFrom caller(tape, operation.where);
  return record_map(operation.text, function,
                    std::array<Variable<Scalar>, sizeof...(Operands)>{AnyOperand<Scalar>(operands).on(tape)...});
}

/// An operand that was not given.
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
/// recomputes rather than stores. It may call + - * /, comparisons, where, exp, log, expm1, log1p, sqrt, abs, pow,
/// tanh, sigmoid, erf, sin, cos, and capture numbers by value; never capture by reference, since it runs again in
/// backward. Where a slope is infinite (sqrt at 0), the gradients of the inputs that it goes back to may be NaN at that
/// element. At least one input is a Variable; the others may be Parameters or Tensors. Returns one Variable, or as many
/// as the lambda returns, as an array. `operation` is a literal, for messages and reports. Throws ShapeError when the
/// shapes differ: nothing is broadcast. A function whose slope is known from its result: map_with_slope.hpp.
template <class Function, class... Operands>
auto map(OperationName operation, const Function& function, const Operands&... operands) {
  return detail::map_on(detail::tape_among(operands...), operation, function, operands...);
}

/// The same without a name, for up to eight inputs.
// Eight, and not a pack: behind a pack there is no place for the line of the call.
template <detail::NotAName Function, class A, class B = detail::Nothing, class C = detail::Nothing,
          class D = detail::Nothing, class E = detail::Nothing, class F = detail::Nothing, class G = detail::Nothing,
          class H = detail::Nothing>
auto map(const Function& function, const A& a, const B& b = {}, const C& c = {}, const D& d = {}, const E& e = {},
         const F& f = {}, const G& g = {}, const H& h = {}, Where where = Where::current()) {
  using detail::if_given;
  const auto operands = std::tuple_cat(if_given(a), if_given(b), if_given(c), if_given(d), if_given(e), if_given(f),
                                       if_given(g), if_given(h));
  return std::apply([&](const auto&... operand) { return map(OperationName("map", where), function, operand...); },
                    operands);
}

}  // namespace unroll::inline v0
