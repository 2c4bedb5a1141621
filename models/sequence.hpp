#pragma once

#include <unroll/models/unroll.hpp>
#include <unroll/ops/over_time.hpp>
#include <unroll/ops/take_rows.hpp>

namespace unroll::inline v0 {

/// Sequences of different lengths side by side: sequence n is the first lengths[n] steps of data[:, n], and what lies
/// beyond is not looked at. Lengths are from 0 to T, in any order, and are read when an op is called: they must live so
/// long. It goes wherever a plain [T, N, D] goes.
///
///     const auto [outputs, state] = unroll::unroll(layers, Sequence{inputs, lengths});
///     const auto loss = cross_entropy(output(outputs), targets, {.lengths = lengths});
template <class Scalar = float>
struct Sequence {
  Variable<Scalar> data;  // [T, N, D]
  Lengths lengths;        // [N]; none: all are T
};
template <class Scalar>
Sequence(Variable<Scalar>, Lengths) -> Sequence<Scalar>;

namespace detail {

/// A state with its rows in another order.
template <class Layer, class Scalar>
typename Layer::State reordered(const Layer& layer, Tape<Scalar>& tape, const typename Layer::State& state,
                                std::span<const int> order) {
  const auto variables = variables_of(tape, state);
  for (auto& variable : variables) variable = take_rows(variable, {order.data(), {order.size()}});
  return make_state(layer, tape, std::span<const Variable<Scalar>>(variables));
}

}  // namespace detail

/// Runs a cell or a layer over sequences with lengths, each as if it were alone: its outputs are zeros beyond its end,
/// and its last state is that after its last step, or its first state when it has none. Backward in time it begins at
/// its own last step. The time that this takes goes with the steps that exist: inside, the sequences are sorted and
/// packed. What is dropped between layers is what is dropped from sequences without lengths; noise that cells take from
/// a Moment goes by the places of sequences after sorting. Otherwise as for sequences without lengths.
/// Throws ShapeError unless there is a length for each sequence, and ArgumentError when one is greater than T, or all
/// are 0.
template <class Layer, class Scalar>
requires RecurrentLayer<Layer, Scalar> Unrolled<Scalar, typename Layer::State> unroll(
    const Layer& layer, const Sequence<Scalar>& sequence, const typename Layer::State& state, const Noise& noise = {},
    std::size_t first_step = 0, Where where = Where::current()) {
  const Scope scope(sequence.data.tape(), where);
  const Shape shape = sequence.data.shape();
  detail::expect_fitting<Scalar>(shape, state);
  if (detail::are_whole(shape, sequence.lengths)) return unroll(layer, sequence.data, state, noise, first_step, where);

  Tape<Scalar>& tape = sequence.data.tape();
  const Packing packing = detail::pack_lengths(tape, shape, sequence.lengths);
  const std::size_t count = packing.rows.size();
  const auto rows = take_rows(reshape(sequence.data, {shape[0] * shape[1], shape[2]}), {packing.rows.data(), {count}});
  const auto unrolled = detail::run_layer(layer, SequenceBatch<Scalar>{reshape(rows, {1, count, shape[2]}), &packing},
                                          detail::reordered(layer, tape, state, packing.order), {noise, first_step});
  const auto outputs = reshape(unrolled.outputs, unrolled.outputs.shape().without(0));
  return {take_rows(outputs, {packing.packed.data(), {shape[0], shape[1]}}),
          detail::reordered(layer, tape, unrolled.state, packing.places)};
}

/// From the layer's first state: zeros.
template <class Layer, class Scalar>
requires RecurrentLayer<Layer, Scalar> Unrolled<Scalar, typename Layer::State> unroll(const Layer& layer,
                                                                                      const Sequence<Scalar>& sequence,
                                                                                      Where where = Where::current()) {
  detail::expect_sequence(sequence.data.shape());
  return unroll(layer, sequence, initial_state(layer, sequence.data.tape(), sequence.data.shape()[1]), {}, 0, where);
}

/// One row for each sequence, [N, D], as in over_time.hpp.
template <class Scalar>
Variable<Scalar> mean_over_time(const Sequence<Scalar>& x, Where where = Where::current()) {
  return mean_over_time(x.data, x.lengths, where);
}
template <class Scalar>
Variable<Scalar> max_over_time(const Sequence<Scalar>& x, Where where = Where::current()) {
  return max_over_time(x.data, x.lengths, where);
}
template <class Scalar>
Variable<Scalar> last_over_time(const Sequence<Scalar>& x, Where where = Where::current()) {
  return last_over_time(x.data, x.lengths, where);
}

}  // namespace unroll::inline v0
