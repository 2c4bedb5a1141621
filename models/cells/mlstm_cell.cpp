#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/sizes.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/framework/tensor/initializer.hpp>
#include <unroll/models/cells/mlstm_cell.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/matmul.hpp>
#include <unroll/ops/shaping.hpp>

#include <fmt/format.h>

#include <cmath>

namespace unroll::inline v0 {

template <class Scalar>
MLstmCell<Scalar>::MLstmCell(const MLstmOptions& options, const Random& random)
    : weights("MLstmCell", {4, options.inputs, options.hidden}, random), forget(options.forget) {
  const std::size_t heads = options.heads;
  expect_sizes("MLstmCell", {{"heads", heads}});
  if (options.hidden % heads != 0)
    throw ArgumentError(
        fmt::format("MLstmCell: heads = {} given, expected a number that divides hidden = {}", heads, options.hidden));
  expect_in("MLstmCell", "forget_bias", options.forget_bias, finite_numbers<Scalar>());
  gate_weight = Parameter(uniform_fan_in<Scalar>(random.split(2), {2 * heads, options.inputs}));
  gate_bias = Parameter(uniform_fan_in<Scalar>(random.split(3), {2 * heads}, options.inputs));
  for (std::size_t i = heads; i < 2 * heads; ++i)
    gate_bias.mutable_value()[i] += static_cast<Scalar>(options.forget_bias);
}

template <class Scalar>
auto MLstmCell<Scalar>::initial_state(Tape<Scalar>& tape, std::size_t batch) const -> State {
  const std::size_t K = heads(), P = hidden_size() / K;
  return {.hidden = tape.zeros({batch, hidden_size()}),
          .memory = tape.zeros({batch, K, P, P}),
          .normalizer = tape.zeros({batch, K, P}),
          .stabilizer = tape.zeros({batch, K}) - Scalar{1e30F}};  // a constant made of a Tensor would touch the heap
}

template <class Scalar>
Variable<Scalar> MLstmCell<Scalar>::project(Variable<Scalar> inputs) const {
  return concat({weights(inputs), linear(inputs, gate_weight, gate_bias)}, -1);
}

template <class Scalar>
auto MLstmCell<Scalar>::step(Variable<Scalar> projected, const State& previous) const -> State {
  const Shape matrices = previous.memory.shape(), vectors = matrices.without(3);
  const std::size_t H = hidden_size(), N = matrices[0], K = matrices[1], P = matrices[2];
  const auto [query, key, value, output_gate] = split<4>(slice(projected, -1, 0, 4 * H));  // each [N, H]
  const auto [input_gate, forget_gate] = split<2>(slice(projected, -1, 4 * H, 2 * K));     // each [N, K]
  const auto [take, keep, stabilizer, least] = map(
      "mlstm gates",
      [gate = forget, scale = static_cast<Scalar>(1 / std::sqrt(static_cast<double>(P)))](auto a, auto b, auto m) {
        const auto old = detail::log_forget(b, gate) + m;
        const auto next = maximum(old, a);
        return std::tuple{scale * exp(a - next), exp(old - next), next, exp(clamp(-next, -80, 80))};
      },
      input_gate, forget_gate, previous.stabilizer);

  const auto of_matrix = [&](Variable<Scalar> x, const Shape& shape) { return broadcast(reshape(x, shape), matrices); };
  const auto of_vector = [&](Variable<Scalar> x) { return broadcast(reshape(x, {N, K, 1}), vectors); };
  const auto memory = map(
      "mlstm memory", [](auto C, auto f, auto i, auto v, auto k) { return f * C + i * v * k; }, previous.memory,
      of_matrix(keep, {N, K, 1, 1}), of_matrix(take, {N, K, 1, 1}), of_matrix(value, {N, K, P, 1}),
      of_matrix(key, {N, K, 1, P}));
  const auto normalizer = map(
      "mlstm normalizer", [](auto n, auto f, auto i, auto k) { return f * n + i * k; }, previous.normalizer,
      of_vector(keep), of_vector(take), reshape(key, vectors));

  const auto column = reshape(query, {N, K, P, 1});
  const auto read = matmul<Scalar>(memory, column), weight = matmul<Scalar>(reshape(normalizer, {N, K, 1, P}), column);
  const auto hidden = map(
      "mlstm hidden", [](auto r, auto w, auto s, auto o) { return sigmoid(o) * r / maximum(abs(w), s); },
      reshape(read, vectors), of_vector(weight), of_vector(least), reshape(output_gate, vectors));
  return {.hidden = reshape(hidden, {N, H}), .memory = memory, .normalizer = normalizer, .stabilizer = stabilizer};
}

template struct MLstmCell<float>;
template struct MLstmCell<double>;
template struct MLstmCell<DualNumber>;

}  // namespace unroll::inline v0
