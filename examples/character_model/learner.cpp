#include "character_model/learner.hpp"

#include <unroll/framework/anomaly.hpp>
#include <unroll/framework/denormals.hpp>
#include <unroll/framework/gradient_clipping.hpp>
#include <unroll/framework/gradient_sum.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <fmt/format.h>

#include <cmath>
#include <ranges>
#include <span>
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
      optimizer_(unroll::make_optimizer<float>(options.optimizer)),
      shares_(deal(streams.count(), team.size(), unroll::Recording::gradients)) {
  parameters_.zero_gradients();
}

/// The loss of the window: the share's part in the mean over the whole batch. Recorded again it is the same.
template <class Model>
unroll::Variable<float> Learner<Model>::record(Share& share) const {
  const std::size_t steps = streams_.steps(window_);
  if (window_ == 0) share.state.reset();
  share.tape.clear();
  streams_.read(window_, share.first, share.count, share.inputs, share.targets);
  const auto before = share.state.resume(model_.recurrent, share.tape, share.count);
  unroll::Noise noise;
  if (model_.recurrent.dropout.rate > 0) noise = random_.split(updates_).split(share.first);

  const auto [logits, after] = model_(share.tape, share.inputs, before, noise);
  const auto loss = unroll::cross_entropy(logits, share.targets);
  share.loss = static_cast<double>(loss.item()) * static_cast<double>(steps * share.count);
  share.next_state.keep(after);
  return loss * (static_cast<float>(share.count) / static_cast<float>(streams_.count()));
}

template <class Model>
double Learner<Model>::forward_and_backward() {
  team_.run([&](std::size_t member) {
    if (member < shares_.size()) shares_[member].tape.backward(record(shares_[member]));
  });
  double sum = 0;
  for (const Share& share : shares_) sum += share.loss;
  const double loss = sum / static_cast<double>(streams_.steps(window_) * streams_.count());
  if (!std::isfinite(loss)) throw unroll::NumericalError(fmt::format("the loss is {}", loss));
  unroll::add_gradients(shares_ | std::views::transform(&Share::tape), parameters_, team_);
  return loss;
}

template <class Model>
void Learner<Model>::update(double learning_rate) {
  // Refuses gradients that are not finite, also without a limit.
  unroll::clip_gradient_norm(parameters_, options_.clip, team_);
  optimizer_.set_learning_rate(learning_rate);
  optimizer_.update(parameters_, team_);
}

/// Found in a replay of the window; empty when each share is finite, and only their sum is not.
template <class Model>
std::string Learner<Model>::first_anomaly() {
  const unroll::FlushDenormals flush;  // as the team does
  for (Share& share : shares_)
    if (const auto found = unroll::find_anomalies(record(share), parameters_); !found.empty())
      return "; " + unroll::to_string(std::span(found));
  return {};
}

template <class Model>
double Learner<Model>::learn(double learning_rate) {
  try {
    const double loss = forward_and_backward();
    update(learning_rate);
    for (Share& share : shares_) std::swap(share.state, share.next_state);
    ++updates_;
    characters_ += streams_.steps(window_) * streams_.count();
    window_ = (window_ + 1) % streams_.windows();
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
