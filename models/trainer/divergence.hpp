#pragma once

#include <unroll/framework/processes/communicator.hpp>
#include <unroll/framework/tape/anomaly.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace unroll::inline v0::detail {

/// Where a training was when a number was not finite.
struct Divergence {
  std::uint64_t update;       ///< The update under way, counted from 1.
  double learning_rate;       ///< Its rate.
  std::uint64_t skipped;      ///< Updates right before it that were skipped.
  std::string reason;         ///< What was not finite.
  std::string what_was_kept;  ///< What the model file holds.
};

/// Throws AnomalyError: "training has diverged in update 38 at learning rate 1000: the loss is inf; ..." `find`
/// searches the batch, in each process its own parts. The caller learns that training has diverged also when the search
/// fails.
[[noreturn]] void refuse_divergence(const Divergence& divergence, const std::function<std::vector<Anomaly>()>& find,
                                    const Communicator& communicator);

}  // namespace unroll::inline v0::detail
