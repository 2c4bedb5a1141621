#pragma once

#include "character_model/options.hpp"

namespace character_model {

/// The command `train`. It checks all options and files before it learns or writes anything. Returns the signal that
/// ended training early, with the model kept, or 0.
int run_train(const TrainOptions& options);

}  // namespace character_model
