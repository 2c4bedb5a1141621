#pragma once

#include "character_model/options.hpp"

namespace character_model {

/// The command `evaluate`.
void run_evaluate(const EvaluateOptions& options);

}  // namespace character_model
