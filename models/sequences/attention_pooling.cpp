#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/sizes.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/framework/tensor/initializer.hpp>
#include <unroll/models/sequences/attention_pooling.hpp>
#include <unroll/ops/activations.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/linear.hpp>
#include <unroll/ops/shaping.hpp>
#include <unroll/ops/take_rows.hpp>

#include <fmt/format.h>

#include <algorithm>

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
  return over(x).weights(query);
}

template <class Scalar>
Variable<Scalar> AttentionPooling<Scalar>::operator()(const Sequence<Scalar>& x, Variable<Scalar> query) const {
  return over(x)(query);
}

template <class Scalar>
AttentionMemory<Scalar>::AttentionMemory(const AttentionPooling<Scalar>& pooling, const Sequence<Scalar>& x)
    : pooling_(&pooling), x_(x) {
  expect_axes("AttentionPooling", "the sequences", x.data.shape(), "TNH");
  keys_ = linear(existing_steps(x_.data, x_.lengths), pooling.weight, pooling.bias);
}

template <class Scalar>
Variable<Scalar> AttentionMemory<Scalar>::weights(Variable<Scalar> query) const {
  const Shape shape = x_.data.shape();
  const bool wanted = pooling_->query_weight.value().size() > 0;
  if (wanted != static_cast<bool>(query))
    throw ArgumentError(wanted ? "AttentionPooling: no query given, expected one [N, Q] (options.query is its width)"
                               : "AttentionPooling: a query given, expected none (set options.query to its width)");
  auto answers = keys_;
  if (wanted) {
    const auto asked = linear(query, pooling_->query_weight);  // [N, A]
    expect_same_shape("AttentionPooling: one query for each sequence", {shape[1], keys_.shape()[1]}, asked.shape());
    answers = keys_ + existing_steps(broadcast(asked, asked.shape().inserted(0, shape[0])), x_.lengths);
  }
  const auto scores = linear(tanh(answers), pooling_->score_weight);  // [P, 1]
  const auto in_time = padded_steps(reshape(scores, {scores.shape()[0]}), shape[0], shape[1], x_.lengths);
  return softmax_over_time(in_time, x_.lengths);
}

template <class Scalar>
Variable<Scalar> AttentionMemory<Scalar>::operator()(Variable<Scalar> query) const {
  return weighted_sum_over_time(x_.data, weights(query), x_.lengths);
}

template <class Scalar>
Variable<Scalar> AttentionMemory<Scalar>::operator()(Variable<Scalar> query, const StepContext& context) const {
  if (context.batch == 0) return (*this)(query);
  if (context.batch != x_.data.shape()[1])
    throw ShapeError(
        fmt::format("AttentionPooling: a step of N={} sequences given to a memory {}, expected one of "
                    "theirs (was the memory made of another batch?)",
                    context.batch, describe(x_.data.shape(), "TNH")));
  const auto rows = x_.data.tape().template scratch<int>(context.batch);  // the row of each sequence's query, or -1
  std::ranges::fill(rows, -1);
  for (std::size_t i = 0; i < context.sequences.size(); ++i)
    rows[static_cast<std::size_t>(context.sequences[i])] = static_cast<int>(i);
  const auto of_all = (*this)(take_rows(query, {rows.data(), {context.batch}}));
  return take_rows(of_all, {context.sequences.data(), {context.sequences.size()}});
}

template class AttentionMemory<float>;
template class AttentionMemory<double>;
template class AttentionMemory<DualNumber>;
template struct AttentionPooling<float>;
template struct AttentionPooling<double>;
template struct AttentionPooling<DualNumber>;

}  // namespace unroll::inline v0
