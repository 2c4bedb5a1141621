#include <unroll/framework/error.hpp>
#include <unroll/framework/initializer.hpp>
#include <unroll/models/attention_pooling.hpp>
#include <unroll/models/sizes.hpp>
#include <unroll/ops/activations.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/linear.hpp>
#include <unroll/ops/shaping.hpp>

namespace unroll::inline v0 {

template <class Scalar>
AttentionPooling<Scalar>::AttentionPooling(const AttentionPoolingOptions& options, const Random& random) {
  expect_sizes("AttentionPooling", {{"inputs", options.inputs}, {"hidden", options.hidden}});
  if (options.query > 0) expect_sizes("AttentionPooling", {{"query", options.query}});
  const auto draw = [&](std::uint64_t stream, const Shape& shape, std::size_t inputs) {
    return Parameter(uniform_fan_in<Scalar>(random.split(stream), shape, inputs));
  };
  weight = draw(0, {options.hidden, options.inputs}, options.inputs);
  bias = draw(1, {options.hidden}, options.inputs);
  if (options.query > 0) query_weight = draw(2, {options.hidden, options.query}, options.query);
  score_weight = draw(3, {1, options.hidden}, options.hidden);
}

template <class Scalar>
Variable<Scalar> AttentionPooling<Scalar>::weights(const Sequence<Scalar>& x, Variable<Scalar> query) const {
  const Shape shape = x.data.shape();
  expect_axes("AttentionPooling", "the sequences", shape, "TNH");
  const bool wanted = query_weight.value().size() > 0;
  if (wanted != static_cast<bool>(query))
    throw ArgumentError(wanted ? "AttentionPooling: no query given, expected one [N, Q] (options.query is its width)"
                               : "AttentionPooling: a query given, expected none (set options.query to its width)");
  auto answers = linear(existing_steps(x.data, x.lengths), weight, bias);  // [P, A]
  if (wanted) {
    const auto asked = linear(query, query_weight);  // [N, A]
    expect_same_shape("AttentionPooling: one query for each sequence", {shape[1], bias.shape()[0]}, asked.shape());
    answers = answers + existing_steps(broadcast(asked, asked.shape().inserted(0, shape[0])), x.lengths);
  }
  const auto scores = linear(tanh(answers), score_weight);  // [P, 1]
  const auto in_time = padded_steps(reshape(scores, {scores.shape()[0]}), shape[0], shape[1], x.lengths);
  return softmax_over_time(in_time, x.lengths);
}

template <class Scalar>
Variable<Scalar> AttentionPooling<Scalar>::operator()(const Sequence<Scalar>& x, Variable<Scalar> query) const {
  return weighted_sum_over_time(x.data, weights(x, query), x.lengths);
}

template struct AttentionPooling<float>;
template struct AttentionPooling<double>;
template struct AttentionPooling<DualNumber>;

}  // namespace unroll::inline v0
