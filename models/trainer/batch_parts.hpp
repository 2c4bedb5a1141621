#pragma once

#include <unroll/framework/tensor/denormals.hpp>
#include <unroll/framework/threads/gradient_sum.hpp>
#include <unroll/models/trainer/last_few.hpp>
#include <unroll/models/trainer/part_learner.hpp>
#include <unroll/models/trainer/training_checkpoint.hpp>
#include <unroll/models/trainer/training_course.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace unroll::inline v0::detail {

/// Gives parameters back the values that they have now, when an exception leaves its scope.
template <class Scalar>
class WeightsUnlessDone {
 public:
  explicit WeightsUnlessDone(const Parameters<Scalar>& parameters)
      : parameters_(parameters), exceptions_(std::uncaught_exceptions()) {
    for (const auto& [name, parameter] : parameters) values_.push_back(parameter->value());
  }
  ~WeightsUnlessDone() {
    if (std::uncaught_exceptions() == exceptions_) return;
    for (std::size_t k = 0; k < values_.size(); ++k) parameters_[k].parameter->mutable_value()->assign(values_[k]);
  }
  WeightsUnlessDone(const WeightsUnlessDone&) = delete;
  WeightsUnlessDone& operator=(const WeightsUnlessDone&) = delete;

 private:
  const Parameters<Scalar>& parameters_;
  int exceptions_;
  std::vector<Tensor<Scalar>> values_;
};

/// The parts of each batch, shared out among the threads of a team.
template <class Scalar, class Source, class Loss>
class Parts {
 public:
  /// Keeps references. `is_saved` says that add_past will be called.
  Parts(Source& source, const Loss& loss, TrainerState<Scalar>& trainer, bool is_saved)
      : source_(source), trainer_(trainer), recent_(is_saved ? batches_reached(loss) : 0) {
    sums_.resize(trainer.options.parts), failures_.resize(trainer.options.parts);
    tapes_.addresses.reserve(trainer.options.parts);
    for (std::size_t part = 0; part < sums_.size(); ++part)
      learners_.push_back(std::make_unique<PartLearner<Scalar, Source, Loss>>(loss));
  }

  /// Reads and learns a batch, and adds its gradients to those of the parameters. A sum that is not finite has added
  /// none. Throws the NumericalError of the first part that has failed, after all parts have had their turn: which of
  /// them learn must not depend on the threads.
  PartSum learn(std::uint64_t epoch, std::size_t batch, const Random& noise) {
    go_to_epoch(epoch);
    keep_weights(epoch, batch);
    for_each_part(trainer_.team, learners_.size(), [&](BatchPart part) {
      failures_[part.index] = nullptr;
      try {
        sums_[part.index] =
            learners_[part.index]->learn(source_, batch, part, noise.split(part.index), trainer_.parameters);
      } catch (const NumericalError&) {
        failures_[part.index] = std::current_exception();
      }
    });
    for (const std::exception_ptr& failure : failures_)
      if (failure) std::rethrow_exception(failure);
    PartSum sum;
    for (const PartSum& part : sums_) sum += part;
    if (std::isfinite(sum.loss)) add_gradients_of_parts();
    return sum;
  }

  /// Searches the last batch part by part.
  std::vector<Anomaly> find_anomalies() {
    const FlushDenormals flush;  // as the team does
    for (const auto& learner : learners_)
      if (auto found = learner->find_anomalies(trainer_.parameters); !found.empty()) return found;
    return {};  // each part is finite: then their sum is not, or a gradient from before this batch (k2 > k1)
  }
  void forget_last() {
    recent_.clear();
    for (const auto& learner : learners_) learner->forget_last();
  }

  /// Adds what a resumed training needs beside the weights of now: carried states, and, where gradients go back over
  /// earlier batches (k2 > k1), the weights with which these were recorded.
  void add_past(SafetensorsFile& file) const {
    for (std::size_t part = 0; part < learners_.size(); ++part) learners_[part]->add_past(file, name_of("part", part));
    for (std::size_t i = 0; i < recent_.size(); ++i) {
      add_number(file, name_of("recent", i, ".epoch"), recent_[i].epoch);
      add_number(file, name_of("recent", i, ".batch"), recent_[i].batch);
      for (std::size_t k = 0; k < recent_[i].weights.size(); ++k)
        file.tensors[name_of("recent", i, name_of(".weight", k))] = recent_[i].weights[k];
    }
  }
  /// Loads it, and records those earlier batches again. Leaves other weights in the model.
  void load_past(const SafetensorsFile& file, const auto& noise_of) {
    for (std::size_t part = 0; part < learners_.size(); ++part) learners_[part]->load_past(file, name_of("part", part));
    for (std::size_t i = 0; file.tensors.contains(name_of("recent", i, ".epoch")); ++i) {
      const std::uint64_t epoch = read_number(file, name_of("recent", i, ".epoch"));
      const std::uint64_t batch = read_number(file, name_of("recent", i, ".batch"));
      for (std::size_t k = 0; k < trainer_.parameters.size(); ++k)
        load_weight(file, name_of("recent", i, name_of(".weight", k)), *trainer_.parameters[k].parameter);
      go_to_epoch(epoch);
      keep_weights(epoch, batch);
      const Random noise = noise_of(epoch, batch);
      for_each_part(trainer_.team, learners_.size(), [&](BatchPart part) {
        learners_[part.index]->replay(source_, batch, part, noise.split(part.index), trainer_.parameters);
      });
    }
  }

 private:
  struct Recent {
    std::uint64_t epoch = 0, batch = 0;
    std::vector<Tensor<Scalar>> weights;
  };
  struct TapeAddresses {
    std::vector<const Tape<Scalar>*> addresses;
    std::size_t size() const { return addresses.size(); }
    const Tape<Scalar>& operator[](std::size_t index) const { return *addresses[index]; }
  };

  void go_to_epoch(std::uint64_t epoch) {
    if (epoch_ == epoch) return;
    source_.begin_epoch(Random(trainer_.options.seed).split(2).split(epoch));
    epoch_ = epoch;
  }
  /// Keeps a copy of the weights with which a batch is recorded, if later gradients go back over it.
  void keep_weights(std::uint64_t epoch, std::uint64_t batch) {
    if (recent_.most() == 0) return;
    if (batch == 0) recent_.clear();
    Recent& now = recent_.renew();
    now.epoch = epoch, now.batch = batch;
    now.weights.resize(trainer_.parameters.size());
    for (std::size_t k = 0; k < now.weights.size(); ++k)
      now.weights[k].assign(trainer_.parameters[k].parameter->value());
  }
  /// "recent.2.epoch"
  static std::string name_of(std::string_view kind, std::size_t index, std::string_view rest = {}) {
    return std::string(kind) + "." + std::to_string(index) + std::string(rest);
  }
  static void load_weight(const SafetensorsFile& file, const std::string& name, Parameter<Scalar>& parameter) {
    const auto weight = file.get<Scalar>(name);
    expect_same_shape("resume: a weight of the model, and in the checkpoint", parameter.shape(), weight.shape());
    parameter.mutable_value()->assign(weight);
  }
  void add_gradients_of_parts() {
    tapes_.addresses.clear();
    for (const auto& learner : learners_) learner->list_tapes(tapes_.addresses);
    add_gradients(tapes_, trainer_.parameters, trainer_.team);
  }

  Source& source_;
  TrainerState<Scalar>& trainer_;
  std::vector<std::unique_ptr<PartLearner<Scalar, Source, Loss>>> learners_;  // tapes do not move
  std::vector<PartSum> sums_;
  std::vector<std::exception_ptr> failures_;
  TapeAddresses tapes_;
  LastFew<Recent> recent_;              // the batches that later gradients go back over, if that is to be saved
  std::optional<std::uint64_t> epoch_;  // whose order the source has
};

}  // namespace unroll::inline v0::detail
