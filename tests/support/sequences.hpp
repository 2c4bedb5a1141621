#pragma once

#include "support/catch.hpp"
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models.hpp>
#include <unroll/ops.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

/// Helpers for the tests of sequences with lengths: they compare a batch with its sequences, each run alone.
namespace unroll_test {

using namespace unroll;
using Numbers = std::vector<double>;

/// The results of a batch: for each sequence its outputs, last state and the gradients of its inputs and first state;
/// and the gradients of the parameters. The loss is Σ outputs · weights + Σ last state · weights.
struct SequenceResults {
  std::vector<Numbers> of_sequences;
  std::vector<Numbers> of_parameters;
};

/// A batch of random sequences [T, N, D] with lengths. Numbers beyond the ends are NaN.
struct RaggedBatch {
  std::size_t steps, width;
  std::vector<std::size_t> lengths;
  std::vector<std::uint64_t> names;  // of the sequences; a sequence draws its numbers by its name

  static RaggedBatch draw(std::uint64_t seed, std::size_t steps, std::size_t batch, std::size_t width) {
    RaggedBatch result{steps, width, std::vector<std::size_t>(batch), std::vector<std::uint64_t>(batch)};
    for (std::size_t n = 0; n < batch; ++n) {
      result.lengths[n] = Random(seed).bits(n) % (steps + 1);
      result.names[n] = 1000 * seed + n;
    }
    result.lengths[batch / 2] = std::max<std::size_t>(result.lengths[batch / 2], 1);
    return result;
  }
  /// A batch of the chosen sequences, in this order.
  RaggedBatch part(const std::vector<std::size_t>& chosen) const {
    RaggedBatch result{steps, width, {}, {}};
    for (const std::size_t n : chosen) {
      result.lengths.push_back(lengths[n]);
      result.names.push_back(names[n]);
    }
    return result;
  }
  /// By `kind`, a number of the sequence's steps, of its first state, or of the weights of either in the loss.
  double number(std::size_t n, std::uint64_t kind, std::size_t position) const {
    return Random(names[n]).split(kind).normal(position);
  }
};

/// A tensor [..., N, ...] whose numbers are `at(n, position)`, with a position counted within each sequence.
inline Tensor<double> by_sequence(const Shape& shape, std::size_t axis, auto&& at) {
  Tensor<double> result(shape);
  const std::size_t after = shape.after(axis), batch = shape[axis];
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = at(i / after % batch, i / (after * batch) * after + i % after);
  return result;
}

template <class Layer>
SequenceResults run_ragged(Layer& layer, const RaggedBatch& batch, bool plain = false) {
  Tape<double> tape;
  const std::size_t count = batch.lengths.size();
  const auto inputs = tape.input(by_sequence({batch.steps, count, batch.width}, 1, [&](auto n, auto i) {
    return i / batch.width < batch.lengths[n] ? batch.number(n, 0, i) : std::nan("");
  }));
  auto state = initial_state(layer, tape, count);
  std::vector<Variable<double>> leaves, last;
  for_each_variable(state, [&](auto& variable) {
    const std::uint64_t kind = 10 + leaves.size();
    leaves.push_back(variable = tape.input(
                         by_sequence(variable.shape(), 0, [&](auto n, auto i) { return batch.number(n, kind, i); })));
  });
  const auto unrolled = plain ? unroll::run(layer, slice(inputs, 0, 0, batch.lengths[0]), {.state = state})
                              : unroll::run(layer, inputs, {.state = state, .lengths = batch.lengths});
  for_each_variable(unrolled.state, [&](const auto& variable) { last.push_back(variable); });

  SequenceResults results{std::vector<Numbers>(count), {}};
  const auto add = [&](TensorView<const double> numbers, std::size_t axis) {
    const std::size_t after = numbers.shape().after(axis);
    for (std::size_t i = 0; i < numbers.size(); ++i) results.of_sequences[i / after % count].push_back(numbers[i]);
  };
  const auto weighted = [&](Variable<double> x, std::size_t axis, std::uint64_t kind) {
    return sum(x
               * tape.constant(by_sequence(x.shape(), axis, [&](auto n, auto i) { return batch.number(n, kind, i); })));
  };
  auto loss = weighted(unrolled.outputs, 1, 1);
  for (std::size_t i = 0; i < last.size(); ++i) loss = loss + weighted(last[i], 0, 20 + i);
  const auto add_padded = [&](TensorView<const double> numbers) {  // to T steps
    Tensor<double> padded(numbers.shape().with(0, batch.steps));
    std::copy(numbers.begin(), numbers.end(), padded.begin());
    add(padded, 1);
  };
  add_padded(unrolled.outputs.value());
  for (const auto& variable : last) add(variable.value(), 0);
  tape.backward(loss);
  add(inputs.gradient(), 1);
  for (const auto& leaf : leaves) add(leaf.gradient(), 0);
  for (const auto& [name, parameter] : parameters_of<double>(layer)) {
    const double* const gradient = tape.gradient_of(*parameter);
    REQUIRE(gradient != nullptr);
    results.of_parameters.emplace_back(gradient, gradient + parameter->value().size());
  }
  return results;
}

/// The largest difference of two lists of numbers, divided by the largest of them or by 1.
inline double apart(const Numbers& found, const Numbers& expected) {
  if (found.size() != expected.size()) return INFINITY;
  double largest = 1, difference = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(found[i]) || std::isnan(expected[i])) return INFINITY;
    largest = std::max(largest, std::abs(expected[i]));
    difference = std::max(difference, std::abs(found[i] - expected[i]));
  }
  return difference / largest;
}

/// Checks that the batch equals each of its sequences run alone without lengths, and itself in any other order.
template <class Layer>
void expect_batch_equals_sequences(Layer layer, const RaggedBatch& batch) {
  const SequenceResults found = run_ragged(layer, batch);
  std::vector<Numbers> sums;
  for (const auto& numbers : found.of_parameters) sums.emplace_back(numbers.size(), 0.0);
  for (std::size_t n = 0; n < batch.lengths.size(); ++n) {
    CAPTURE(n, batch.lengths[n]);
    if (batch.lengths[n] == 0) continue;
    const SequenceResults alone = run_ragged(layer, batch.part({n}), /*plain=*/true);
    CHECK(apart(found.of_sequences[n], alone.of_sequences[0]) < 1e-12);
    for (std::size_t p = 0; p < sums.size(); ++p)
      for (std::size_t i = 0; i < sums[p].size(); ++i) sums[p][i] += alone.of_parameters[p][i];
  }
  for (std::size_t p = 0; p < sums.size(); ++p) CHECK(apart(found.of_parameters[p], sums[p]) < 1e-12);

  std::vector<std::size_t> order;
  for (std::size_t n = 0; n < batch.lengths.size(); ++n) order.push_back((7 * n + 3) % batch.lengths.size());
  const SequenceResults other = run_ragged(layer, batch.part(order));
  for (std::size_t n = 0; n < order.size(); ++n)
    CHECK(apart(other.of_sequences[n], found.of_sequences[order[n]]) < 1e-12);
  for (std::size_t p = 0; p < sums.size(); ++p) CHECK(apart(other.of_parameters[p], found.of_parameters[p]) < 1e-12);
}

}  // namespace unroll_test
