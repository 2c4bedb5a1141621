#pragma once

#include "support/cell_kind.hpp"
#include "support/flow_report.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace vanishing_gradient {

using support::CellKind;

struct Contender {
  std::string name;
  CellKind cell = CellKind::rnn;
  double norm = 1;  // of an RNN's recurrent weight, which is this times an orthogonal matrix
  double clip = std::numeric_limits<double>::infinity();
};

struct Plan {
  std::uint64_t steps = 50, batch = 32, hidden = 32;
  std::uint64_t updates = 600, seed = 1;
};

/// What became of one contender.
struct Outcome {
  Contender contender;
  support::NamedFlow before, after;  // training; those after it also tell how many gradients were clipped
  std::optional<double> accuracy;    // of the last tenth of the updates, 1 in 4 by chance; none when it diverged
  double longest_gradient = 0;
};

/// Trains it to recall, RNNs by gradient descent with momentum, LSTM and GRU by RMSProp, and looks at its gradients
/// before and after. A model whose numbers become infinite or NaN stops learning there, and has no accuracy.
Outcome run_contender(const Contender& contender, const Plan& plan);

}  // namespace vanishing_gradient
