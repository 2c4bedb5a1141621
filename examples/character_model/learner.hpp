#pragma once

#include "character_model/batches.hpp"
#include "character_model/model.hpp"
#include "character_model/shares.hpp"
#include <unroll/framework/any_optimizer.hpp>
#include <unroll/framework/random.hpp>
#include <unroll/framework/team.hpp>

#include <cstdint>
#include <deque>
#include <string>

namespace character_model {

struct LearnerOptions {
  std::string optimizer;
  double clip;  // infinity: off
};

/// Teaches a model, one window of the streams at a time, by truncated backpropagation through time: the state goes
/// on from window to window, gradients do not.
///
/// The team's threads share the streams, a tape each. The loss is the mean over the whole batch and gradients are added
/// in the order of the shares, so that the number of threads changes nothing but rounding (and the masks of dropout).
/// After the first windows a step allocates nothing. Refers to the model, the streams and the team.
template <class Model>
class Learner {
 public:
  Learner(Model& model, const Streams& streams, unroll::Team& team, const LearnerOptions& options,
          const unroll::Random& random);

  /// Learns from the next window at this rate; after the last one the streams begin anew, without a past. Gives the
  /// mean loss of its characters, in nats. When the loss or a gradient is not finite the window is replayed, and
  /// unroll::NumericalError names the step, the rate and where the first such number was made; the weights are left as
  /// they were.
  double learn(double learning_rate);

  std::uint64_t updates() const { return updates_; }
  /// Characters predicted so far.
  std::uint64_t characters() const { return characters_; }
  std::size_t parameter_count() const { return parameters_.count(); }

 private:
  unroll::Variable<float> record(Share& share) const;
  double forward_and_backward();
  void update(double learning_rate);
  std::string first_anomaly();

  Model& model_;
  const Streams& streams_;
  unroll::Team& team_;
  LearnerOptions options_;
  unroll::Random random_;
  unroll::Parameters<float> parameters_;
  unroll::AnyOptimizer<float> optimizer_;
  std::deque<Share> shares_;
  std::size_t window_ = 0;
  std::uint64_t updates_ = 0, characters_ = 0;
};

extern template class Learner<Rnn>;
extern template class Learner<Lstm>;
extern template class Learner<Gru>;

}  // namespace character_model
