#pragma once

#include "support/ops.hpp"
#include <unroll/framework/tape/derivatives.hpp>
#include <unroll/ops.hpp>

#include <array>
#include <functional>
#include <string>
#include <vector>

/// Every public op, each written once and run by both engines, and in float beside double. A new op has a line here; a
/// test looks for it.
namespace unroll::testing {

template <class Scalar>
using Inputs = std::span<const Variable<Scalar>>;

/// A use of an op: the name by which it is declared, a point away from kinks, and the function.
struct OpUse {
  std::string name;
  std::vector<Tensor<double>> inputs;
  std::function<Variable<double>(Inputs<double>)> plain;
  std::function<Variable<DualNumber>(Inputs<DualNumber>)> dual;
  std::function<Variable<float>(Inputs<float>)> single;
};

template <class Function>
OpUse use(std::string name, std::vector<Tensor<double>> inputs, Function function) {
  return {std::move(name), std::move(inputs), function, function, function};
}

/// Numbers about 0, and positive ones.
inline Tensor<double> any(std::uint64_t seed, const Shape& shape = {2, 3}) {
  return normal<double>(Random(seed), shape);
}
inline Tensor<double> positive(std::uint64_t seed, const Shape& shape = {2, 3}) {
  return uniform<double>(Random(seed), shape, 0.3, 2);
}

/// A constant beside the inputs.
template <class Scalar>
Tensor<Scalar> data(std::uint64_t seed, const Shape& shape = {2, 3}) {
  return normal<Scalar>(Random(seed), shape);
}
template <class Scalar>
Parameter<Scalar>& parameter() {
  static Parameter<Scalar> shared(normal<Scalar>(Random(50), {2, 3}));
  return shared;
}

inline std::vector<OpUse> elementwise_ops() {
  const auto a = any(1), b = any(2), p = positive(3);
  return {
      use("exp", {a}, [](auto in) { return exp(in[0]); }),
      use("log", {p}, [](auto in) { return log(in[0]); }),
      use("sqrt", {p}, [](auto in) { return sqrt(in[0]); }),
      use("square", {a}, [](auto in) { return square(in[0]); }),
      use("abs", {a}, [](auto in) { return abs(in[0]); }),
      use("pow", {a}, [](auto in) { return pow(in[0], 3); }),
      use("pow", {p, a}, [](auto in) { return pow(in[0], in[1]); }),
      use("tanh", {a}, [](auto in) { return tanh(in[0]); }),
      use("sigmoid", {a}, [](auto in) { return sigmoid(in[0]); }),
      use("relu", {a}, [](auto in) { return relu(in[0]); }),
      use("leaky_relu", {a}, []<class Scalar>(Inputs<Scalar> in) { return leaky_relu(in[0], Scalar(0.2)); }),
      use("elu", {a}, []<class Scalar>(Inputs<Scalar> in) { return elu(in[0], Scalar(0.7)); }),
      use("softplus", {a}, [](auto in) { return softplus(in[0]); }),
      use("gelu", {a}, [](auto in) { return gelu(in[0]); }),
      use("clamp", {a}, []<class Scalar>(Inputs<Scalar> in) { return clamp(in[0], Scalar(-0.5), Scalar(0.8)); }),
      use("maximum", {a, b}, [](auto in) { return maximum(in[0], in[1]); }),
      use("minimum", {a, b}, [](auto in) { return minimum(in[0], in[1]); }),
      use("where", {a, b},
          []<class Scalar>(Inputs<Scalar> in) {
            return where(Tensor<Scalar>({2, 3}, {1, 0, 0, 1, 1, 0}), in[0], in[1]);
          }),
      use("map", {a, b, p},
          [](auto in) {
            const auto [x, y] = map(
                [](auto u, auto v, auto w) {
                  return std::tuple{sin(u) * (v / w), cos(v) + log1p(w) * erf(u) - sqrt(w) * (abs(v) * expm1(u))};
                },
                in[0], in[1], in[2]);
            return x + y;
          }),
      use("map_with_slope", {p},
          [](auto in) {
            return map_with_slope(
                "reciprocal", [](auto u) { return 1 / u; }, [](auto y) { return 0 - y * y; }, in[0]);
          }),
      use("operator+", {a, b}, [](auto in) { return (in[0] + in[1]) * (in[0] + 2) * (3 + in[1]); }),
      use("operator-", {a, b}, [](auto in) { return (in[0] - in[1]) * (in[0] - 2) * (3 - in[1]) * -in[0]; }),
      use("operator*", {a, b}, [](auto in) { return in[0] * in[1] * (in[0] * 2) * (3 * in[1]); }),
      use("operator/", {a, p}, [](auto in) { return in[0] / in[1] + in[0] / 2 + 3 / in[1]; }),
      use("operator+", {a}, []<class Scalar>(Inputs<Scalar> in) { return square(parameter<Scalar>() + in[0]); }),
      use("operator-", {a}, []<class Scalar>(Inputs<Scalar> in) { return square(parameter<Scalar>() - in[0]); }),
      use("operator*", {a}, []<class Scalar>(Inputs<Scalar> in) { return square(parameter<Scalar>() * in[0]); }),
      use("operator/", {p}, []<class Scalar>(Inputs<Scalar> in) { return square(parameter<Scalar>() / in[0]); }),
  };
}

inline std::vector<OpUse> product_ops() {
  const auto x = any(4, {2, 2, 3}), weight = any(5, {4, 3}), bias = any(6, {4}), onto = any(7, {2, 2, 4});
  const auto table = any(8, {3, 2});
  return {
      use("matmul", {x, any(9, {3, 2})}, [](auto in) { return matmul(in[0], in[1]); }),
      use("matmul", {x, any(14, {2, 3, 4})}, [](auto in) { return square(matmul(in[0], in[1])); }),
      use("matmul", {x, any(15, {2, 3, 1})}, [](auto in) { return square(matmul(in[0], in[1])); }),
      use("outer", {any(16, {2, 3}), any(17, {2, 4})}, [](auto in) { return square(outer(in[0], in[1])); }),
      use("linear", {x, weight}, [](auto in) { return linear(in[0], in[1]); }),
      use("linear", {x, weight, bias}, [](auto in) { return linear(in[0], in[1], in[2]); }),
      use("add_linear", {onto, x, weight}, [](auto in) { return add_linear(square(in[0]), in[1], in[2]); }),
      use("add_linear", {onto, x, weight, bias}, [](auto in) { return add_linear(in[0], in[1], in[2], in[3]); }),
      use("linear", {any(10, {2, 3}), any(11, {3, 3})},  // used again and again: packed, and its gradient gathered
          [](auto in) {
            auto h = in[0];
            for (int step = 0; step < 4; ++step) h = tanh(linear(h, in[1]));
            return h;
          }),
      use("add_bias", {x, any(12, {3})}, [](auto in) { return square(add_bias(in[0], in[1])); }),
      use("rows", {table},
          [](auto in) {
            return square(rows(in[0], Tensor<int>({2, 2}, {0, 2, 2, 1})));
          }),
      use("rows", {table, any(13, {4, 2})},  // a product with the table
          [](auto in) {
            return linear(rows(in[0], Tensor<int>({2, 3}, {0, 2, 2, 1, 0, 1})), in[1]);
          }),
  };
}

inline std::vector<OpUse> row_ops() {
  const auto x = any(20, {2, 3, 2}), logits = any(21, {2, 4});
  static constexpr auto targets = [] { return Tensor<int>({2}, {3, 0}); };
  return {
      use("softmax", {x}, [](auto in) { return softmax(in[0]) * softmax(in[0], 1); }),
      use("log_softmax", {x}, [](auto in) { return log_softmax(in[0]) * log_softmax(in[0], 0); }),
      use("logsumexp", {x}, [](auto in) { return logsumexp(in[0], 1, {.keep_axes = true}); }),
      use("layer_norm", {any(29, {2, 4}), any(22, {4}), any(23, {4})},
          [](auto in) { return layer_norm(in[0], in[1], in[2], 0.1); }),
      use("dropout", {x}, [](auto in) { return square(dropout(in[0], 0.4, Random(1))); }),
      use("cross_entropy", {logits}, [](auto in) { return cross_entropy(in[0], targets()); }),
      use("cross_entropy", {logits},
          []<class Scalar>(Inputs<Scalar> in) {
            const std::vector<Scalar> weights{1, 0.5, 2, 3};
            return cross_entropy(in[0], targets(), {.class_weights = weights, .label_smoothing = 0.2});
          }),
      use("binary_cross_entropy", {x, positive(24, {2, 3, 2})},
          [](auto in) { return binary_cross_entropy(in[0], in[1]); }),
      use("mean_squared_error", {x, any(25, {2, 3, 2})}, [](auto in) { return mean_squared_error(in[0], in[1]); }),
      use("mean_squared_error", {x},
          []<class Scalar>(Inputs<Scalar> in) {
            return mean_squared_error(in[0], data<Scalar>(26, {2, 3, 2}), {.reduction = Reduction::sum});
          }),
      use("mean_absolute_error", {x, any(27, {2, 3, 2})}, [](auto in) { return mean_absolute_error(in[0], in[1]); }),
      use("huber", {x, any(28, {2, 3, 2})},
          []<class Scalar>(Inputs<Scalar> in) { return huber(in[0], in[1], Scalar(0.7)); }),
      use("quantile_loss", {x, any(28, {2, 3, 2})}, [](auto in) { return quantile_loss(in[0], in[1], 0.9); }),
      use("gaussian_negative_log_likelihood", {x, any(26, {2, 3, 2}), any(28, {2, 3, 2})},
          [](auto in) { return gaussian_negative_log_likelihood(in[0], in[1], in[2]); }),
      use("binary_cross_entropy", {x, positive(24, {2, 3, 2})},
          [](auto in) { return binary_cross_entropy(in[0], in[1], {.reduction = Reduction::sum_per_step}); }),
      use("sum", {x}, [](auto in) { return square(sum(in[0])); }),
      use("sum", {x},
          [](auto in) {
            return square(sum(in[0], {0, -1}));
          }),
      use("mean", {x}, [](auto in) { return square(mean(in[0])); }),
      use("mean", {x}, [](auto in) { return square(mean(in[0], 1, {.keep_axes = true})); }),
      use("max", {x}, [](auto in) { return square(max(in[0])); }),
      use("max", {x}, [](auto in) { return square(max(in[0], 1)); }),
      use("reduce", {x}, [](auto in) { return reduce("test", square(in[0]), Reduction::mean); }),
  };
}

/// Squared, so that the second derivatives are not 0.
inline std::vector<OpUse> shape_ops() {
  const auto x = any(30, {2, 3, 2}), y = any(31, {2, 3, 2});
  return {
      use("reshape", {x},
          [](auto in) {
            return square(reshape(in[0], {3, 4}));
          }),
      use("transpose", {x}, [](auto in) { return square(transpose(in[0], 0, 2)); }),
      use("slice", {x}, [](auto in) { return square(slice(in[0], 1, 1, 2)); }),
      use("slice", {x}, [](auto in) { return square(slice(in[0], -1, 1, 1)) * slice(in[0], -1, 0, 1); }),
      use("at_step", {x}, [](auto in) { return square(at_step(in[0], 1)); }),
      use("split", {x},
          [](auto in) {
            const auto parts = split(in[0], 1, 3);
            return parts[0] * parts[2];
          }),
      use("split", {x},
          [](auto in) {
            const auto parts = split(in[0], 1, {1, 2});
            return square(parts[1]);
          }),
      use("split", {x},
          [](auto in) {
            const auto [left, right] = split<2>(in[0]);
            return left * right;
          }),
      use("reverse", {x}, [](auto in) { return in[0] * reverse(in[0], 1); }),
      use("broadcast", {any(32, {3, 1})},
          [](auto in) {
            return square(broadcast(in[0], {2, 3, 2}));
          }),
      use("broadcast", {any(33, {2, 3, 1}), any(34, {2, 1, 4}), any(35, {2, 1, 1})},  // read in place by map
          [](auto in) {
            const Shape shape{2, 3, 4};
            return tanh(broadcast(in[0], shape) * broadcast(in[1], shape)) * broadcast(in[2], shape);
          }),
      use("broadcast", {any(36, {1, 3, 1})},  // in two runs of axes
          [](auto in) {
            return square(broadcast(in[0], {2, 3, 2}));
          }),
      use("concat", {x, y},
          [](auto in) {
            return square(concat({in[0], in[1]}, 1));
          }),
      use("stack", {x, y},
          [](auto in) {
            return square(stack({in[0], in[1]}, 1));
          }),
  };
}

inline constexpr std::array<std::size_t, 2> two_lengths{3, 1};
inline constexpr std::array<int, 3> three_places{3, -1, 0};
inline constexpr std::array<int, 4> four_places{1, 0, 0, 1};

inline constexpr std::array<std::size_t, 2> five_and_three_steps{5, 3}, three_and_one_targets{3, 1};

/// Over logits [T=5, N=2, V=3], a repetition among the targets and a sequence that ends early.
inline std::vector<OpUse> alignment_ops() {
  static constexpr auto targets = [] { return Tensor<int>({3, 2}, {1, 2, 1, -1, 2, -1}); };
  return {
      use("ctc_loss", {any(45, {5, 2, 3})},
          [](auto in) {
            return ctc_loss(in[0], targets(),
                            {.lengths = five_and_three_steps, .target_lengths = three_and_one_targets});
          }),
      use("ctc_loss", {any(46, {5, 2, 3})},
          [](auto in) {
            return square(ctc_loss(in[0], targets(), {.per_target = true, .target_lengths = three_and_one_targets}));
          }),
  };
}

/// Over sequences x [T=3, N=2, 2] of 3 and 1 steps; squared as above.
inline std::vector<OpUse> sequence_ops() {
  const auto x = any(40, {3, 2, 2}), scores = any(41, {3, 2}), rows = any(42, {4, 2}), other = any(43, {4, 2});
  return {
      use("mean_over_time", {x}, [](auto in) { return square(mean_over_time(in[0], two_lengths)); }),
      use("max_over_time", {x}, [](auto in) { return square(max_over_time(in[0], two_lengths)); }),
      use("last_over_time", {x}, [](auto in) { return square(last_over_time(in[0], two_lengths)); }),
      use("softmax_over_time", {scores}, [](auto in) { return softmax_over_time(in[0], two_lengths) * in[0]; }),
      use("weighted_sum_over_time", {x, scores},
          [](auto in) { return square(weighted_sum_over_time(in[0], in[1], two_lengths)); }),
      use("existing_steps", {x}, [](auto in) { return square(existing_steps(in[0], two_lengths)); }),
      use("padded_steps", {rows}, [](auto in) { return square(padded_steps(in[0], 3, 2, two_lengths)); }),
      use("take_rows", {rows},
          [](auto in) {
            return square(take_rows(in[0], {three_places.data(), {3}}));
          }),
      use("gather", {rows},
          [](auto in) {
            return square(gather(in[0], {four_places.data(), {4, 1}}));
          }),
      use("rows", {rows},  // and padding beyond the ends
          [](auto in) {
            const Tensor<int> tokens({3, 2}, {0, 2, 2, -1, 1, 99});
            return square(existing_steps(unroll::rows(in[0], tokens, two_lengths), two_lengths));
          }),
      use("repeated_row", {rows}, [](auto in) { return square(repeated_row(in[0], 2, 5)); }),
      use("dropout_rows", {any(44, {3, 2})},
          [](auto in) {
            return square(dropout_rows(in[0], 0.4, Random(1), 2, std::array{4, 0, 1}));
          }),
      use("sequence_dropout", {x}, [](auto in) { return square(sequence_dropout(in[0], 0.4, Random(1))); }),
      use("zoneout", {rows, other}, [](auto in) { return square(zoneout(in[0], in[1], 0.4, Random(1))); }),
      use("zoneout_mean", {rows, other}, [](auto in) { return square(zoneout_mean(in[0], in[1], 0.4)); }),
  };
}

inline std::vector<OpUse> all_ops() {
  std::vector<OpUse> all;
  for (const auto& family : {elementwise_ops(), product_ops(), row_ops(), shape_ops(), sequence_ops(), alignment_ops()})
    all.insert(all.end(), family.begin(), family.end());
  return all;
}

}  // namespace unroll::testing
