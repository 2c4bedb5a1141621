#include "character_model/learner.hpp"

#include <unroll/framework/error.hpp>
#include <unroll/framework/gradient_clipping.hpp>
#include <unroll/framework/gradient_sum.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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
  for (const Part& part : deal(streams.count(), team.size()))
    shares_.push_back({part, unroll::TruncatedBackpropagation<float>(options.truncation), {}, {}});
  parameters_.zero_gradients();
}

/// The window after the last one of this update.
template <class Model>
std::size_t Learner<Model>::end_of_update() const {
  return std::min(window_ + options_.truncation.k1 / options_.truncation.chunk(), streams_.windows());
}

template <class Model>
std::size_t Learner<Model>::steps_of_update() const {
  std::size_t steps = 0;
  for (std::size_t window = window_; window < end_of_update(); ++window) steps += streams_.steps(window);
  return steps;
}

template <class Model>
void Learner<Model>::record(Share& share, std::size_t window, const unroll::Noise& noise) const {
  const std::size_t steps = streams_.steps(window), count = share.part.count;
  const std::size_t first_step = (window - window_) * options_.truncation.chunk();
  streams_.read(window, share.part.first, count, share.inputs, share.targets);
  // Its part in the mean over the whole batch, and over the steps that are learnt from.
  const std::size_t learnt = std::min(steps_of_update(), options_.truncation.k2);
  const float weight = static_cast<float>(count) / static_cast<float>(streams_.count())
                       * (static_cast<float>(steps) / static_cast<float>(learnt));
  share.truncated.record(model_.recurrent, count, steps, [&](unroll::Tape<float>& tape, const auto& before) {
    const auto [logits, after] = model_(tape, share.inputs, before, noise, first_step);
    const auto loss = unroll::cross_entropy(logits, share.targets);
    share.loss += static_cast<double>(loss.item()) * static_cast<double>(steps * count);
    return std::pair{loss * weight, after};
  });
}

template <class Model>
void Learner<Model>::record_and_sweep(Share& share) const {
  unroll::Noise noise;
  if (model_.recurrent.dropout.rate > 0) noise = random_.split(updates_).split(share.part.first);
  share.loss = 0;
  for (std::size_t window = window_; window < end_of_update(); ++window) record(share, window, noise);
  if (end_of_update() == streams_.windows()) share.truncated.end_sequence();
  share.truncated.sweep(parameters_);
}

template <class Model>
double Learner<Model>::forward_and_backward() {
  team_.run([&](std::size_t member) {
    if (member < shares_.size()) record_and_sweep(shares_[member]);
  });
  double sum = 0;
  for (const Share& share : shares_) sum += share.loss;
  const double loss = sum / static_cast<double>(steps_of_update() * streams_.count());
  if (!std::isfinite(loss)) throw unroll::NumericalError(fmt::format("the loss is {}", loss));
  unroll::add_gradients(unroll::swept_tapes(shares_ | std::views::transform(&Share::truncated)), parameters_, team_);
  return loss;
}

template <class Model>
void Learner<Model>::update(double learning_rate) {
  // Refuses gradients that are not finite, also without a limit.
  unroll::clip_gradient_norm(parameters_, options_.clip, team_);
  optimizer_.set_learning_rate(learning_rate);
  optimizer_.update(parameters_, team_);
}

template <class Model>
double Learner<Model>::learn(double learning_rate) {
  try {
    const double loss = forward_and_backward();
    update(learning_rate);
    ++updates_;
    characters_ += steps_of_update() * streams_.count();
    window_ = end_of_update() % streams_.windows();
    return loss;
  } catch (const unroll::NumericalError& error) {
    throw unroll::NumericalError(
        fmt::format("training has diverged in step {} at learning rate {}: {}; a lower "
                    "--learning-rate or --clip may help",
                    updates_ + 1, learning_rate, error.what()));
  }
}

template class Learner<Rnn>;
template class Learner<Lstm>;
template class Learner<Gru>;

}  // namespace character_model
