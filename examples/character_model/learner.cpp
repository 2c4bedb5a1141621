#include "character_model/learner.hpp"

#include <unroll/framework/optimizers/gradient_clipping.hpp>
#include <unroll/framework/tensor/denormals.hpp>
#include <unroll/framework/threads/gradient_sum.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <ranges>
#include <utility>

namespace character_model {

template <class Model>
Learner<Model>::Learner(Model& model, const Streams& streams, unroll::Team& team, const LearnerOptions& options,
                        const unroll::Random& random)
    : model_(model),
      streams_(streams),
      team_(team),
      options_(options),
      random_(random),
      parameters_(model),
      optimizer_(unroll::make_optimizer<float>(options.optimizer)) {
  for (const StreamRange& part : deal(streams.count(), team.size()))
    shards_.push_back({part, unroll::TruncatedBackpropagation<float>(options.truncation), {}, {}});
  parameters_.zero_gradients();
}

/// The window after the last one of this update.
template <class Model>
std::size_t Learner<Model>::end_of_update() const {
  return std::min(window_ + options_.truncation.k1 / options_.truncation.chunk(), streams_.windows());
}

/// The first window of this update whose loss has a gradient: with k1 > k2 the learner only runs those before it.
template <class Model>
std::size_t Learner<Model>::first_learned() const {
  const std::size_t kept = options_.truncation.k2 / options_.truncation.chunk();
  return std::max(window_, end_of_update() - std::min(end_of_update(), kept));
}

/// The steps from a window to the end of this update. The last window of a stream may be shorter than the others.
template <class Model>
std::size_t Learner<Model>::steps_from(std::size_t first) const {
  std::size_t steps = 0;
  for (std::size_t window = first; window < end_of_update(); ++window) steps += streams_.steps(window);
  return steps;
}

template <class Model>
unroll::Noise Learner<Model>::noise_of(const Shard& shard) const {
  if (model_.recurrent.dropout.rate == 0) return {};
  return random_.split(updates_).split(shard.part.first);
}

/// The shard's weighted loss in a window, in the field for outputs, and the state after the window.
template <class Model>
unroll::Unrolled<float, typename Model::State> Learner<Model>::record(Shard& shard, std::size_t window,
                                                                      unroll::Tape<float>& tape,
                                                                      const typename Model::State& before) const {
  const std::size_t steps = streams_.steps(window), count = shard.part.count;
  const std::size_t first_step = (window - window_) * options_.truncation.chunk();
  streams_.read(window, shard.part.first, count, shard.inputs, shard.targets);
  // Its weight in the mean over the whole batch and over the steps that have a gradient.
  const float weight = static_cast<float>(count) / static_cast<float>(streams_.count())
                       * (static_cast<float>(steps) / static_cast<float>(steps_from(first_learned())));
  const auto [logits, after] = model_(tape, shard.inputs, before, noise_of(shard), first_step);
  const auto loss = unroll::cross_entropy(logits, shard.targets);
  shard.loss += static_cast<double>(loss.item()) * static_cast<double>(steps * count);
  return {loss * weight, after};
}

template <class Model>
void Learner<Model>::record_and_sweep(Shard& shard) const {
  shard.loss = 0;
  shard.before = shard.truncated.state();
  if (window_ == 0) shard.before.reset();
  for (std::size_t window = window_; window < end_of_update(); ++window)
    shard.truncated.record(model_.recurrent, shard.part.count, streams_.steps(window),
                           [&](auto& tape, const auto& before) { return record(shard, window, tape, before); });
  if (end_of_update() == streams_.windows()) shard.truncated.end_sequence();
  shard.truncated.sweep(parameters_);
}

template <class Model>
double Learner<Model>::forward_and_backward() {
  team_.run([&](std::size_t member) {
    if (member < shards_.size()) record_and_sweep(shards_[member]);
  });
  double sum = 0;
  for (const Shard& shard : shards_) sum += shard.loss;
  const double loss = sum / static_cast<double>(steps_from(window_) * streams_.count());
  if (!std::isfinite(loss)) throw unroll::NumericalError(fmt::format("the loss is {}", std::abs(loss)));
  unroll::add_gradients(unroll::swept_tapes(shards_ | std::views::transform(&Shard::truncated)), parameters_, team_);
  return loss;
}

template <class Model>
void Learner<Model>::update(double learning_rate) {
  // Throws for gradients that are not finite, even without a limit.
  unroll::clip_gradient_norm(parameters_, options_.clip, team_);
  optimizer_.set_learning_rate(learning_rate);
  optimizer_.update(parameters_, team_);
}

/// Replays the steps of this update and finds the first number that is not finite. Steps that have a gradient are on
/// one tape; each window before them is on a tape of its own, where only a loss can be at fault.
template <class Model>
std::vector<unroll::Anomaly> Learner<Model>::find_anomalies(Shard& shard) const {
  unroll::Tape<float> tape;
  unroll::CarriedState<float> carried = shard.before;
  for (std::size_t window = window_; window < first_learned(); ++window) {
    tape.clear();
    const auto [loss, after] = record(shard, window, tape, carried.resume(model_.recurrent, tape, shard.part.count));
    if (!std::isfinite(loss.item())) return unroll::find_anomalies(loss, parameters_);
    carried.keep(after);
  }
  tape.clear();
  auto state = carried.resume(model_.recurrent, tape, shard.part.count);
  unroll::Variable<float> sum = tape.zeros({});
  for (std::size_t window = first_learned(); window < end_of_update(); ++window) {
    const auto [loss, after] = record(shard, window, tape, state);
    sum = sum + loss;
    state = after;
  }
  return unroll::find_anomalies(sum, parameters_);
}

/// Names the first anomaly of all shards. Empty when each shard is finite over these steps: then their sum is not, or a
/// gradient from before them (k2 > k1).
template <class Model>
std::string Learner<Model>::first_anomaly() {
  const unroll::FlushDenormals flush;  // as the team does
  // Drops the tapes of the shards, so that the replay has the memory of one.
  for (Shard& shard : shards_) shard.truncated = unroll::TruncatedBackpropagation<float>(options_.truncation);
  try {
    for (Shard& shard : shards_)
      if (const auto found = find_anomalies(shard); !found.empty()) return "; " + unroll::to_string(found);
  } catch (const std::bad_alloc&) {
    return "; memory does not suffice to find out where";  // the caller still learns that training has diverged
  }
  return {};
}

template <class Model>
double Learner<Model>::learn(double learning_rate) {
  try {
    const double loss = forward_and_backward();
    update(learning_rate);
    ++updates_;
    characters_ += steps_from(window_) * streams_.count();
    window_ = end_of_update() % streams_.windows();
    return loss;
  } catch (const unroll::NumericalError& error) {
    throw unroll::NumericalError(
        fmt::format("training has diverged in step {} at learning rate {}: {}{}; a lower "
                    "--learning-rate or --clip may help",
                    updates_ + 1, learning_rate, error.what(), first_anomaly()));
  }
}

template class Learner<Rnn>;
template class Learner<Lstm>;
template class Learner<Gru>;

}  // namespace character_model
