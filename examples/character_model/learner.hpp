#pragma once

#include "character_model/batches.hpp"
#include "character_model/model.hpp"
#include "character_model/shares.hpp"
#include <unroll/framework/any_optimizer.hpp>
#include <unroll/framework/checked_backward.hpp>
#include <unroll/framework/random.hpp>
#include <unroll/framework/team.hpp>
#include <unroll/models/truncated.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace character_model {

struct LearnerOptions {
  std::string optimizer;
  double clip;                    // infinity: off
  unroll::Truncation truncation;  // every k1 steps of a stream an update, back over k2
};

/// Teaches a model by truncated backpropagation through time: the state goes on all along the streams, gradients go
/// back over k2 steps.
///
/// The team's threads share the streams. The loss is the mean over the whole batch and all steps since the last update
/// (its gradient over the last k2, when there are more), and gradients are added in the order of the shares, so that
/// the number of threads changes nothing but rounding (and the masks of dropout). After the first windows a step
/// allocates nothing. Refers to the model, the streams and the team.
template <class Model>
class Learner {
 public:
  /// The windows of the streams are what it records at a time: truncation.chunk() steps.
  Learner(Model& model, const Streams& streams, unroll::Team& team, const LearnerOptions& options,
          const unroll::Random& random);

  /// Learns from the next k1 steps at this rate; after the last ones, which may be fewer, the streams begin anew,
  /// without a past. Gives the mean loss of their characters, in nats. When the loss or a gradient
  /// is not finite these steps are replayed, in no more memory, and unroll::NumericalError names the step, the rate and
  /// where the first such number was made; the weights are left as they were, and it must not be called again.
  double learn(double learning_rate);

  std::uint64_t updates() const { return updates_; }
  /// Characters predicted so far.
  std::uint64_t characters() const { return characters_; }
  std::size_t parameter_count() const { return parameters_.count(); }

 private:
  struct Share {
    Part part;
    unroll::TruncatedBackpropagation<float> truncated;
    unroll::Tensor<int> inputs, targets;
    double loss = 0;                          // since the last update: the sum over its characters
    unroll::CarriedState<float> before = {};  // the last update
  };

  std::size_t end_of_update() const;
  std::size_t first_learnt() const;
  std::size_t steps_from(std::size_t first) const;
  unroll::Noise noise_of(const Share& share) const;
  unroll::Unrolled<float, typename Model::State> record(Share& share, std::size_t window, unroll::Tape<float>& tape,
                                                        const typename Model::State& before) const;
  void record_and_sweep(Share& share) const;
  double forward_and_backward();
  void update(double learning_rate);
  std::vector<unroll::Anomaly> find_anomalies(Share& share) const;
  std::string first_anomaly();

  Model& model_;
  const Streams& streams_;
  unroll::Team& team_;
  LearnerOptions options_;
  unroll::Random random_;
  unroll::Parameters<float> parameters_;
  unroll::AnyOptimizer<float> optimizer_;
  std::vector<Share> shares_;
  std::size_t window_ = 0;  // where the next update begins
  std::uint64_t updates_ = 0, characters_ = 0;
};

extern template class Learner<Rnn>;
extern template class Learner<Lstm>;
extern template class Learner<Gru>;

}  // namespace character_model
