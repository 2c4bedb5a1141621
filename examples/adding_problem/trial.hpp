#pragma once

#include "experiment/cells.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace adding_problem {

/// What all trials have in common.
struct Settings {
  std::uint64_t length = 100, hidden = 32, batch = 32;
  std::uint64_t steps = 3000;  // updates, each on a fresh batch
  double learning_rate = 0.01, clip = 1;
  double target = 0.01;  // mean squared error at which a trial ends
  std::uint64_t held_out = 1000;
};

struct Outcome {
  double error = 0;  // mean squared error on the held-out sequences, at the end
  bool reached = false;
  std::uint64_t steps = 0;  // until then
  double seconds = 0;
};

/// Trains a network of one cell from one seed until it reaches the target or has taken all steps. The held-out
/// sequences are the same for all trials; the trial calls `progress` after each evaluation on them. Throws
/// unroll::NumericalError when training diverges.
Outcome run_trial(experiment::CellKind cell, const Settings& settings, std::uint64_t seed,
                  const std::function<void(const Outcome&)>& progress);

}  // namespace adding_problem
