#pragma once

#include <unroll/framework/processes/reducer.hpp>
#include <unroll/models/trainer/parts.hpp>

#include <cstddef>
#include <vector>

namespace unroll::inline v0 {

/// The loss of a model on the data of a source.
struct Measured {
  double loss = 0;        ///< The mean over the items.
  std::size_t items = 0;  ///< How many there are.
};

namespace detail {

/// Throws ArgumentError when there are no items, and NumericalError when the loss is not finite.
Measured mean_of(const PartSum& sum);

/// Runs a loss without learning: the sum over the items of one part of each batch of an epoch.
template <class Scalar, class Source, class Loss>
PartSum measure_part(const Source& source, const Loss& loss, BatchPart part) {
  Tape<Scalar> tape(Recording::values);
  typename Source::Batch batch{};
  PartSum sum;
  for (std::size_t index = 0; index < source.batches(); ++index) {
    source.read(index, part, batch);
    if (batch.count == 0) continue;
    tape.clear();
    sum += {sum_of_losses(record_loss<Scalar>(loss, tape, batch, Noise{}), batch.count), batch.count, 0};
  }
  return sum;
}
/// The same with a state that goes on from batch to batch.
template <class Scalar, class Source, class Model, class Loss>
PartSum measure_part(const Source& source, const CarriedLoss<Model, Loss>& loss, BatchPart part) {
  Tape<Scalar> tape(Recording::values);
  typename Source::Batch batch{};
  CarriedState<Scalar> carried;
  PartSum sum;
  for (std::size_t index = 0; index < source.batches(); ++index) {
    source.read(index, part, batch);
    std::size_t step = 0;
    for (std::size_t w = 0; batch.count > 0 && w < batch.windows.size(); step += batch.windows[w++].steps()) {
      const auto& window = batch.windows[w];
      tape.clear();
      const auto before = carried.resume(loss.model, tape, window.sequences());
      const auto [mean, after] = loss.loss(tape, window, before, StepContext{.step = step});
      sum += {sum_of_losses<Scalar>(mean, window.items()), window.items(), 0};
      carried.keep(after);
    }
    if (batch.last) carried.reset();
  }
  return sum;
}

}  // namespace detail

/// Measures a loss over one epoch of a source, without learning, and without noise, so that dropout does nothing. A
/// carried loss carries its state through the epoch. The threads and the processes of the reducer share out the parts
/// of the batches, and all processes have the answer; their number changes no bit, that of the parts changes the loss
/// by rounding. Throws ArgumentError when the source has no items, and NumericalError when the loss is not finite.
template <class Scalar = float, BatchSource Source, detail::LossOf<Scalar, typename Source::Batch> Loss>
Measured measure(Source& source, const Loss& loss, const Reducer<Scalar>& reducer) {
  source.begin_epoch(Random(0));
  std::vector<detail::PartSum> sums(reducer.parts());
  reducer.for_each_part(
      [&](BatchPart part, std::size_t) { sums[part.index] = detail::measure_part<Scalar>(source, loss, part); });
  reducer.gather(std::span(sums));
  detail::PartSum sum;
  for (const detail::PartSum& part : sums) sum += part;
  return detail::mean_of(sum);
}
/// The same in one process.
template <class Scalar = float, BatchSource Source, detail::LossOf<Scalar, typename Source::Batch> Loss>
Measured measure(Source& source, const Loss& loss, std::size_t parts, Team& team) {
  return measure<Scalar>(source, loss, Reducer<Scalar>(parts, team));
}

}  // namespace unroll::inline v0
