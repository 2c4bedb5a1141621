#pragma once

#include "character_model/options.hpp"

namespace character_model {

/// The command `inspect --gradient-flow`: how gradients flow through a model while it reads a text. Throws
/// unroll::ArgumentError for a text that is too short, and what load_model throws.
void run_gradient_flow(const InspectOptions& options);

}  // namespace character_model
