#pragma once

#include <unroll/framework/diagnostics/checked_backward.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/batch_source.hpp>
#include <unroll/models/trainer/carried_loss.hpp>
#include <unroll/models/trainer/last_few.hpp>
#include <unroll/models/trainer/parts.hpp>
#include <unroll/models/trainer/training_checkpoint.hpp>
#include <unroll/ops/arithmetic.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

/// What learns from one part of each batch: it reads the part, records its loss and sweeps, on tapes of its own, and
/// leaves the gradient on them. For the trainer.
namespace unroll::inline v0::detail {

/// How many batches before the next one its gradient goes back over: none unless k2 > k1.
constexpr std::size_t batches_reached(const Truncation& truncation) {
  return truncation.k2 <= truncation.k1 ? 0 : (truncation.k2 - 1) / truncation.k1;
}

/// The same for any loss: only a carried one has a past.
template <class Loss>
constexpr std::size_t batches_reached(const Loss&) {
  return 0;
}
template <class Model, class Loss>
std::size_t batches_reached(const CarriedLoss<Model, Loss>& loss) {
  return batches_reached(loss.truncation);
}

/// For a loss without a state.
template <class Scalar, class Source, class Loss>
class PartLearner {
 public:
  PartLearner(const Loss& loss, bool /*is_saved*/) : loss_(loss) {}

  /// Reads and learns. The gradient is that of the sum over the items, not of their mean: the parts of a batch have one
  /// mean together. A sum that is not finite leaves no gradient.
  PartSum learn(const Source& source, std::size_t batch, BatchPart part, const Noise& noise,
                const Parameters<Scalar>&) {
    source.read(batch, part, batch_);
    swept_ = false;
    if (batch_.count == 0) return {};
    noise_ = noise;
    tape_.clear();
    const Variable<Scalar> loss = record_loss<Scalar>(loss_, tape_, batch_, noise_);
    const double sum = sum_of_losses(loss, batch_.count);
    if (std::isfinite(sum)) tape_.backward(loss * static_cast<Scalar>(batch_.count)), swept_ = true;
    return {sum, batch_.count, batch_.count};
  }
  /// Adds the addresses of the swept tapes.
  void list_tapes(std::vector<const Tape<Scalar>*>& to) const {
    if (swept_) to.push_back(&tape_);
  }
  /// Records the last batch again, and searches it.
  std::vector<Anomaly> find_anomalies(const Parameters<Scalar>& parameters) {
    if (batch_.count == 0) return {};
    tape_.clear();
    return unroll::find_anomalies(record_loss<Scalar>(loss_, tape_, batch_, noise_), parameters);
  }
  // Nothing goes on from batch to batch.
  std::size_t batches_to_replay() const { return 0; }
  void forget_last() {}
  void add_past(SafetensorsFile&, const std::string&) const {}
  void load_past(const SafetensorsFile&, const std::string&) {}
  void replay(const Source&, std::size_t, BatchPart, const Noise&, const Parameters<Scalar>&) {}

 private:
  const Loss& loss_;
  typename Source::Batch batch_{};
  Tape<Scalar> tape_;
  Noise noise_;
  bool swept_ = false;
};

/// For a loss whose state goes on from batch to batch.
template <class Scalar, class Source, class Model, class Loss>
class PartLearner<Scalar, Source, CarriedLoss<Model, Loss>> {
 public:
  /// `is_saved` says that add_past will be called.
  PartLearner(const CarriedLoss<Model, Loss>& loss, bool is_saved)
      : loss_(loss), truncated_(loss.truncation), earlier_(is_saved ? batches_reached(loss) : 0) {}

  /// As above. What fails, or has no finite sum, is forgotten at once.
  PartSum learn(const Source& source, std::size_t batch, BatchPart part, const Noise& noise,
                const Parameters<Scalar>& parameters) {
    try {
      const PartSum sum = record_batch(source, batch, part, noise);
      if (sum.items > 0 && std::isfinite(sum.loss)) truncated_.sweep(parameters), swept_ = true;
      if (!std::isfinite(sum.loss)) forget_last();
      return sum;
    } catch (const NumericalError&) {
      forget_last();
      throw;
    }
  }
  /// Records a batch whose gradient has been taken before, since later gradients go back over it.
  void replay(const Source& source, std::size_t batch, BatchPart part, const Noise& noise,
              const Parameters<Scalar>& parameters) {
    if (record_batch(source, batch, part, noise).items > 0) truncated_.pass_over(parameters);
  }
  void list_tapes(std::vector<const Tape<Scalar>*>& to) const {
    for (std::size_t index = 0; swept_ && index < truncated_.tape_count(); ++index)
      to.push_back(&truncated_.tape(index));
  }
  std::vector<Anomaly> find_anomalies(const Parameters<Scalar>& parameters);
  /// Goes back to the state before the last batch, without the way to it.
  void forget_last() {
    batch_.last ? truncated_.reset() : truncated_.begin_from(before_);
    earlier_.clear();
  }
  /// How many of the last batches the next gradient goes back over.
  std::size_t batches_to_replay() const { return earlier_.size(); }
  /// The state before the oldest of these, from which replays begin.
  void add_past(SafetensorsFile& file, const std::string& prefix) const {
    add_carried(file, earlier_.size() == 0 ? truncated_.state() : earlier_[0], prefix);
  }
  void load_past(const SafetensorsFile& file, const std::string& prefix) {
    truncated_.begin_from(read_carried<Scalar>(file, prefix));
  }

 private:
  PartSum record_batch(const Source& source, std::size_t batch, BatchPart part, const Noise& noise) {
    source.read(batch, part, batch_);
    swept_ = false;
    if (batch_.count == 0) {
      if (batch_.last) forget_last();
      return {};
    }
    noise_ = noise;
    steps_ = 0;
    for (const auto& window : batch_.windows) steps_ += window.steps();
    before_ = truncated_.state();
    if (earlier_.most() > 0) earlier_.renew() = before_;
    PartSum sum;
    std::size_t step = 0;
    for (const auto& window : batch_.windows) {
      truncated_.record(loss_.model, window.sequences(), window.steps(), [&](auto& tape, const auto& state) {
        const auto [loss, after] = record(tape, window, state, step);
        const std::size_t items = window.items();
        sum += {sum_of_losses(loss, items), items, has_gradient(step) ? items : 0};
        return std::pair{loss * static_cast<Scalar>(items), after};
      });
      step += window.steps();
    }
    if (batch_.last) truncated_.end_sequence(), earlier_.clear();
    return sum;
  }
  /// Whether the loss of a window that begins at this step of the update has a gradient: with k1 > k2 only the last k2
  /// steps have one.
  bool has_gradient(std::size_t step) const { return step + loss_.truncation.k2 >= steps_; }

  auto record(Tape<Scalar>& tape, const auto& window, const auto& state, std::size_t step) const {
    return loss_.loss(tape, window, state, StepContext{.noise = noise_, .step = step});
  }

  const CarriedLoss<Model, Loss>& loss_;
  typename Source::Batch batch_{};
  TruncatedBackpropagation<Scalar> truncated_;
  LastFew<CarriedState<Scalar>> earlier_;  // the states before the batches that later gradients go back over
  CarriedState<Scalar> before_;            // the state before the last batch, for a replay
  Noise noise_;
  std::size_t steps_ = 0;  // of all windows of the batch
  bool swept_ = false;
};

/// Replays the last batch. Steps that have a gradient are on one tape; each window before them is on a tape of its own,
/// where only a loss can be at fault.
template <class Scalar, class Source, class Model, class Loss>
std::vector<Anomaly> PartLearner<Scalar, Source, CarriedLoss<Model, Loss>>::find_anomalies(
    const Parameters<Scalar>& parameters) {
  if (batch_.count == 0) return {};
  truncated_ = TruncatedBackpropagation<Scalar>(loss_.truncation);  // gives its memory to the replay
  Tape<Scalar> tape;
  CarriedState<Scalar> carried = before_;
  std::size_t step = 0, window = 0;
  const auto& windows = batch_.windows;
  const auto resume = [&] { return carried.resume(loss_.model, tape, windows[0].sequences()); };
  for (; !has_gradient(step); step += windows[window++].steps()) {
    tape.clear();
    const auto [loss, after] = record(tape, windows[window], resume(), step);
    if (!std::isfinite(loss.item())) return unroll::find_anomalies(loss, parameters);
    carried.keep(after);
  }
  tape.clear();
  auto state = resume();
  Variable<Scalar> sum = tape.zeros({});
  for (; window < windows.size(); step += windows[window++].steps()) {
    const auto [loss, after] = record(tape, windows[window], state, step);
    sum = sum + loss;
    state = after;
  }
  return unroll::find_anomalies(sum, parameters);
}

}  // namespace unroll::inline v0::detail
