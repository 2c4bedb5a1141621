#pragma once

#include <unroll/models/records/console_progress.hpp>

namespace character_model {

/// How the progress of training looks on standard error: it counts characters, and shows the loss in bits too.
unroll::ConsoleProgressOptions progress_options();

}  // namespace character_model
