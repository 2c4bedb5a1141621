#pragma once

#include "character_model/model.hpp"
#include "character_model/options.hpp"
#include "character_model/report.hpp"
#include "character_model/split.hpp"

namespace character_model {

/// Trains a model on a text read as continuous streams, or in windows that each begin from zeros, until the budget is
/// spent, patience has ended or a signal arrives, and keeps the best model in the model file: the one with the lowest
/// held-out loss, or the latest when no text is held out. Throws unroll::NumericalError when training diverges, and
/// unroll::IoError when the model could not be saved at the end.
TrainingReport train_model(const TrainOptions& options, const Description& description, const Split& parts,
                           AnyModel& model);

}  // namespace character_model
