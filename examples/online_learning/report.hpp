#pragma once

#include "online_learning/contest.hpp"

#include <string>

namespace online_learning {

/// The losses of a stretch that ends after `steps` steps; with a heading before the first one, and a remark where the
/// rule changes.
std::string line(const Results& results, std::size_t stretch, std::size_t steps);

/// The results of all learners after `steps` steps.
std::string table(const Results& results, std::size_t steps);

/// The expectation for this cell, and whether the results meet it.
struct Verdict {
  std::string text;
  bool holds;
};
Verdict verdict(const Results& results, support::CellKind cell);

}  // namespace online_learning
