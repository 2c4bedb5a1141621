#pragma once

#include "online_learning/contestant.hpp"
#include "online_learning/options.hpp"

#include <array>
#include <cstddef>
#include <functional>

namespace online_learning {

/// How many parts of the stream have a score each; the rule changes in the middle.
inline constexpr std::size_t stretches = 10;

/// The result of one learner.
struct Result {
  std::array<Score, stretches> scores;
  double seconds = 0;
  std::size_t entries = 0;  // of the influence
  double before_change() const { return scores[stretches / 2 - 1].mean_loss(); }
  double after_change() const { return scores[stretches / 2].mean_loss(); }
  double at_end() const { return scores[stretches - 1].mean_loss(); }
};

struct Results {
  std::array<Result, 3> learners;                       // RTRL, SnAp-1, one step
  double megabytes_at_start = 0, megabytes_at_end = 0;  // in memory, after the first stretch and after the last
};

/// Trains the three learners on one stream. Calls `progress(results, stretch, steps)` after each stretch, with the
/// steps taken so far. Throws unroll::NumericalError when a gradient is not finite.
Results compete(const Options& options, const std::function<void(const Results&, std::size_t, std::size_t)>& progress);

}  // namespace online_learning
