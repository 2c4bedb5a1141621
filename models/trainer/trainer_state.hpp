#pragma once

#include <unroll/framework/files/safetensors.hpp>
#include <unroll/framework/optimizers/moving_average.hpp>
#include <unroll/framework/optimizers/weight_noise.hpp>
#include <unroll/framework/processes/reducer.hpp>
#include <unroll/framework/threads/team.hpp>
#include <unroll/models/trainer/trainer_options.hpp>

#include <cstddef>
#include <optional>

/// What lasts from one training of a model to the next. For the trainer.
namespace unroll::inline v0::detail {

/// Throws ArgumentError for an option out of range.
template <class Scalar>
void check_options(const TrainerOptions<Scalar>& options);
void check_options(const FitOptions& options);

/// What lasts from one training of a model to the next: the trainer's options and what its optimizer has learned.
template <class Scalar>
struct TrainerState {
  TrainerOptions<Scalar> options;
  Parameters<Scalar> parameters;
  Team team;
  Reducer<Scalar> reducer;
  std::optional<MovingAverage<Scalar>> average;
  WeightNoise<Scalar> weight_noise;

  TrainerState(TrainerOptions<Scalar> given, Parameters<Scalar> of_model);
  const Communicator& communicator() const { return options.communicator; }
  /// Puts what the optimizer and the average remember into a checkpoint, and reads it.
  void add(SafetensorsFile& file);
  void load(const SafetensorsFile& file);
};

/// Divides all gradients by the number of items that they are the sum over.
template <class Scalar>
void take_mean(const Parameters<Scalar>& parameters, std::size_t items, Team& team);

}  // namespace unroll::inline v0::detail
