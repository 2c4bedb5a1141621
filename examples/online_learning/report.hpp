#pragma once

#include "online_learning/contest.hpp"

#include <string>

namespace online_learning {

/// The losses of a stretch, `steps` from the beginning at its end; before the first one a heading, and where the rule
/// changes a word about that.
std::string line(const Results& results, std::size_t stretch, std::size_t steps);

/// What became of each learner in `steps` steps.
std::string table(const Results& results, std::size_t steps);

/// What was expected of this cell, and whether it came about.
struct Verdict {
  std::string text;
  bool holds;
};
Verdict verdict(const Results& results, support::CellKind cell);

}  // namespace online_learning
