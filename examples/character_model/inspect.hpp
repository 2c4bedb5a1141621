#pragma once

#include "character_model/options.hpp"

namespace character_model {

/// The command `inspect`. It also shows a model whose weights are not finite, which generate and evaluate refuse.
void run_inspect(const InspectOptions& options);

}  // namespace character_model
