#pragma once

#include "support/cell_kind.hpp"
#include <unroll/models/analysis/flow_report.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace vanishing_gradient {

using support::CellKind;

struct Contender {
  std::string name;
  CellKind cell = CellKind::rnn;
  double norm = 1;  // an RNN's recurrent weight is this times an orthogonal matrix
  double clip = std::numeric_limits<double>::infinity();
};

struct Plan {
  std::uint64_t steps = 50, batch = 32, hidden = 32;
  std::uint64_t updates = 600, seed = 1;
};

/// The outcome of one contender.
struct Outcome {
  Contender contender;
  unroll::flow::NamedFlow before, after;  // training; the one after also counts clipped gradients
  std::optional<double> accuracy;  // over the last tenth of the updates, 1 in 4 by chance; none when training diverged
  double longest_gradient = 0;
};

/// Trains a contender to recall, RNNs by gradient descent with momentum, LSTM and GRU by RMSProp, and measures its
/// gradient flow before and after. A model whose numbers become infinite or NaN stops learning there, and has no
/// accuracy.
Outcome run_contender(const Contender& contender, const Plan& plan);

}  // namespace vanishing_gradient
