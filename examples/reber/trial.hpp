#pragma once

#include "experiment/cells.hpp"
#include "reber/scoring.hpp"

#include <cstdint>
#include <functional>

namespace reber {

/// What all trials have in common.
struct Settings {
  std::uint64_t hidden = 32, batch = 16;
  std::uint64_t training = 256, held_out = 256;  // different strings of each, as in the paper
  std::uint64_t presented = 60000;               // strings learned from, after which a trial ends
  double learning_rate = 0.01, clip = 1;
};

struct Outcome {
  Score score;                  // on the held-out strings, at the end
  std::uint64_t presented = 0;  // strings until then
  double seconds = 0;
  bool learned() const { return score.strings > 0 && score.whole == score.strings; }
};

/// Trains a network of one cell from one seed, which also draws the strings, until it has understood all held-out
/// strings or has seen `presented` strings. Its targets are each symbol's successor in the string, not the set of legal
/// ones. The trial calls `progress` after each evaluation on the held-out strings. Throws unroll::NumericalError when
/// training diverges.
Outcome run_trial(experiment::CellKind cell, const Settings& settings, std::uint64_t seed,
                  const std::function<void(const Outcome&)>& progress);

}  // namespace reber
