#pragma once

#include "character_model/batches.hpp"
#include "character_model/model.hpp"
#include "character_model/stream_ranges.hpp"
#include <unroll/framework/diagnostics/checked_backward.hpp>
#include <unroll/framework/optimizers/any_optimizer.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/framework/threads/team.hpp>
#include <unroll/models/sequences/carried_state.hpp>
#include <unroll/models/training/truncated.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace character_model {

struct LearnerOptions {
  std::string optimizer;
  double clip;                    // infinity: off
  unroll::Truncation truncation;  // an update every k1 steps of a stream, back over k2
};

/// Trains a model by truncated backpropagation through time: the state goes on all along the streams, and gradients go
/// back over k2 steps.
///
/// Each thread of the team has a shard of the streams. The loss is the mean over the whole batch and all steps since
/// the last update (its gradient over the last k2, when there are more). The learner adds gradients in the order of the
/// shards, so that the number of threads changes only rounding (and the masks of dropout). After the first windows a
/// step allocates nothing. The learner keeps references to the model, the streams and the team.
template <class Model>
class Learner {
 public:
  /// The windows of the streams must have truncation.chunk() steps, which the learner records at a time.
  Learner(Model& model, const Streams& streams, unroll::Team& team, const LearnerOptions& options,
          const unroll::Random& random);

  /// Learns from the next k1 steps at this rate; after the last ones, which may be fewer, the streams begin anew,
  /// without a past. Returns the mean loss of their characters, in nats. When the loss or a gradient is not finite, it
  /// replays these steps in no more memory, and throws unroll::NumericalError with the step, the rate and the node that
  /// made the first such number. It leaves the weights unchanged, and must not be called again.
  double learn(double learning_rate);

  std::uint64_t updates() const { return updates_; }
  /// Characters predicted so far.
  std::uint64_t characters() const { return characters_; }
  std::size_t parameter_count() const { return parameters_.count(); }

 private:
  struct Shard {
    StreamRange part;
    unroll::TruncatedBackpropagation<float> truncated;
    unroll::Tensor<int> inputs, targets;
    double loss = 0;                          // the sum over its characters since the last update
    unroll::CarriedState<float> before = {};  // the state before this update, for a replay
  };

  std::size_t end_of_update() const;
  std::size_t first_learned() const;
  std::size_t steps_from(std::size_t first) const;
  unroll::Noise noise_of(const Shard& shard) const;
  unroll::Unrolled<float, typename Model::State> record(Shard& shard, std::size_t window, unroll::Tape<float>& tape,
                                                        const typename Model::State& before) const;
  void record_and_sweep(Shard& shard) const;
  double forward_and_backward();
  void update(double learning_rate);
  std::vector<unroll::Anomaly> find_anomalies(Shard& shard) const;
  std::string first_anomaly();

  Model& model_;
  const Streams& streams_;
  unroll::Team& team_;
  LearnerOptions options_;
  unroll::Random random_;
  unroll::Parameters<float> parameters_;
  unroll::AnyOptimizer<float> optimizer_;
  std::vector<Shard> shards_;
  std::size_t window_ = 0;  // where the next update begins
  std::uint64_t updates_ = 0, characters_ = 0;
};

extern template class Learner<Rnn>;
extern template class Learner<Lstm>;
extern template class Learner<Gru>;

}  // namespace character_model
