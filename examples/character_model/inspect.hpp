#pragma once

#include "character_model/options.hpp"

namespace character_model {

/// The command `inspect`. Shows also what generate and evaluate refuse: weights that are not finite.
void run_inspect(const InspectOptions& options);

}  // namespace character_model
