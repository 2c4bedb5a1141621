#pragma once

#include <unroll/framework/files/training_state.hpp>
#include <unroll/framework/tensor/denormals.hpp>
#include <unroll/models/trainer/last_few.hpp>
#include <unroll/models/trainer/part_learner.hpp>
#include <unroll/models/trainer/training_checkpoint.hpp>
#include <unroll/models/trainer/training_course.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
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

/// The parts of each batch, shared out among the threads of a team and the processes of a communicator.
template <class Scalar, class Source, class Loss>
class Parts {
 public:
  /// Keeps references. `is_saved` says that add_past will be called.
  Parts(Source& source, const Loss& loss, TrainerState<Scalar>& trainer, bool is_saved)
      : source_(source), trainer_(trainer), recent_(is_saved ? batches_reached(loss) : 0) {
    const std::size_t own = trainer.reducer.own_parts().count;
    found_.resize(trainer.options.parts), failures_.resize(own), swept_.resize(own);
    for (std::size_t part = 0; part < own; ++part)
      learners_.push_back(std::make_unique<PartLearner<Scalar, Source, Loss>>(loss, is_saved));
  }

  /// Reads and learns a batch, and adds its gradients to those of the parameters. A sum that is not finite has added
  /// none. Throws the NumericalError of the first part that has failed, after all parts have had their turn: which of
  /// them learn must not depend on the threads.
  PartSum learn(std::uint64_t epoch, std::size_t batch, const Random& noise) {
    go_to_epoch(epoch);
    keep_weights(epoch, batch);
    trainer_.reducer.for_each_part([&](BatchPart part, std::size_t own) {
      found_[part.index] = {}, failures_[own] = nullptr;
      try {
        found_[part.index].sum =
            learners_[own]->learn(source_, batch, part, noise.split(part.index), trainer_.parameters);
      } catch (const NumericalError&) {
        found_[part.index].has_failed = true, failures_[own] = std::current_exception();
      }
    });
    trainer_.reducer.gather(std::span(found_));
    PartSum sum;
    for (const Found& part : found_) {
      if (part.has_failed) refuse_failure();
      sum += part.sum;
    }
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

  /// Whoever else has read the source may have put it into another order.
  void forget_epoch() { epoch_.reset(); }

  /// Adds what a resumed training needs beside the weights of now: carried states, and, where gradients go back over
  /// earlier batches (k2 > k1), those batches with the weights that they were recorded with.
  /// In the first process, that of all processes, which call it together.
  void add_past(SafetensorsFile& file) {
    add_past_of_parts(file);
    add_number(file, "earlier", recent_.size());
    for (std::size_t i = 0; i < recent_.size(); ++i) add_training_state(file, recent_[i], name_of("earlier", i) + ".");
  }
  /// Loads it, and records those earlier batches again. Leaves other weights in the model.
  void load_past(const SafetensorsFile& file, const auto& noise_of) {
    std::vector<std::uint64_t> replays;
    for (std::size_t own = 0; own < learners_.size(); ++own) {
      learners_[own]->load_past(file, name_of_part(own));
      replays.push_back(read_number(file, name_of_part(own) + ".replays"));
    }
    const std::uint64_t count = read_number(file, "earlier");
    for (std::uint64_t i = 0; i < count; ++i) {
      Recent earlier;
      copy_weights(earlier);  // as the file has them, by name and shape
      load_training_state(file, earlier, name_of("earlier", i) + ".");
      for (std::size_t k = 0; k < earlier.weights.size(); ++k)
        trainer_.parameters[k].parameter->mutable_value()->assign(earlier.weights[k]);
      replay(earlier, noise_of(earlier.epoch, earlier.batch),
             [&](std::size_t own) { return replays[own] + i >= count; });
    }
  }

 private:
  /// A batch that later gradients go back over.
  struct Recent {
    std::uint64_t epoch = 0, batch = 0;
    std::vector<Tensor<Scalar>> weights;  // those that it was recorded with

    void for_each_state(auto&& visit) {
      visit("epoch", epoch), visit("batch", batch);
      for (std::size_t k = 0; k < weights.size(); ++k) visit(name_of("weight", k), weights[k]);
    }
  };

  void go_to_epoch(std::uint64_t epoch) {
    if (epoch_ == epoch) return;
    source_.begin_epoch(Random(trainer_.options.seed).split(2).split(epoch));
    epoch_ = epoch;
  }
  /// Keeps a copy of the weights with which a batch is recorded, if that is to be saved.
  void keep_weights(std::uint64_t epoch, std::uint64_t batch) {
    if (recent_.most() == 0) return;
    Recent& now = recent_.renew();
    now.epoch = epoch, now.batch = batch;
    copy_weights(now);
  }
  void copy_weights(Recent& to) const {
    to.weights.resize(trainer_.parameters.size());
    for (std::size_t k = 0; k < to.weights.size(); ++k) to.weights[k].assign(trainer_.parameters[k].parameter->value());
  }
  void replay(const Recent& earlier, const Random& noise, const auto& reaches) {
    go_to_epoch(earlier.epoch);
    keep_weights(earlier.epoch, earlier.batch);
    trainer_.reducer.for_each_part([&](BatchPart part, std::size_t own) {
      if (reaches(own))
        learners_[own]->replay(source_, earlier.batch, part, noise.split(part.index), trainer_.parameters);
    });
  }
  /// "part.2"
  static std::string name_of(const char* kind, std::size_t index) {
    return std::string(kind) + "." + std::to_string(index);
  }
  void add_gradients_of_parts() {
    for (std::size_t own = 0; own < learners_.size(); ++own) {
      swept_[own].clear();
      learners_[own]->list_tapes(swept_[own]);
    }
    trainer_.reducer.add_gradients(swept_, trainer_.parameters);
  }
  /// "part.2"
  std::string name_of_part(std::size_t own) const { return name_of("part", trainer_.reducer.own_parts().first + own); }
  void add_past_of_parts(SafetensorsFile& file) {
    SafetensorsFile parts;
    for (std::size_t own = 0; own < learners_.size(); ++own) {
      learners_[own]->add_past(parts, name_of_part(own));
      add_number(parts, name_of_part(own) + ".replays", learners_[own]->batches_to_replay());
    }
    if (!trainer_.communicator().is_alone())
      for (const std::string& bytes : trainer_.communicator().gather_text(format_safetensors(parts)))
        parts.tensors.merge(parse_safetensors(std::as_bytes(std::span(bytes)), "parts of a process").tensors);
    file.tensors.merge(parts.tensors);
  }
  /// Throws the NumericalError of the first part that has failed, with its reason in all processes.
  [[noreturn]] void refuse_failure() {
    std::string reason;
    try {
      for (const std::exception_ptr& failure : failures_)
        if (failure) std::rethrow_exception(failure);
    } catch (const NumericalError& error) {
      if (trainer_.communicator().is_alone()) throw;
      reason = error.what();
    }
    for (const std::string& other : trainer_.communicator().gather_text(reason))
      if (!other.empty()) throw NumericalError(other);
    throw NumericalError("a part of the batch has failed");
  }

  /// What came of a part.
  struct Found {
    PartSum sum = {};
    bool has_failed = false;
  };

  Source& source_;
  TrainerState<Scalar>& trainer_;
  std::vector<std::unique_ptr<PartLearner<Scalar, Source, Loss>>> learners_;  // of this process; tapes do not move
  std::vector<Found> found_;                                                  // of all parts of a batch
  std::vector<std::exception_ptr> failures_;                                  // of those of this process
  std::vector<std::vector<const Tape<Scalar>*>> swept_;                       // the same
  LastFew<Recent> recent_;              // the batches that later gradients go back over, if that is to be saved
  std::optional<std::uint64_t> epoch_;  // whose order the source has
};

}  // namespace unroll::inline v0::detail
