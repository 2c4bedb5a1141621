#pragma once

#include "character_model/options.hpp"

namespace character_model {

/// The command `train`. Everything that can be refused is refused before anything is learnt or written. Gives the
/// signal that ended training early, with the model kept, or 0.
int run_train(const TrainOptions& options);

}  // namespace character_model
