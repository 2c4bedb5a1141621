#pragma once

#include "character_model/options.hpp"

/// The commands of the program. Each throws what console::run_program turns into a message and an exit code.
namespace character_model {

/// `train`: checks all options and files before it learns or writes anything. Returns the signal that ended training
/// early, with the model kept, or 0.
int run_train(const TrainOptions& options);

/// `evaluate`: how well a model predicts a text.
void run_evaluate(const EvaluateOptions& options);

/// `generate`: writes text.
void run_generate(const GenerateOptions& options);

/// `inspect`: what is in a model file.
void run_inspect(const InspectOptions& options);

/// `inspect --gradient-flow`: how gradients flow through a model while it reads a text.
void run_gradient_flow(const InspectOptions& options);

}  // namespace character_model
