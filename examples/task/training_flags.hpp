#pragma once

#include "console/flags.hpp"
#include <unroll/framework/processes/communicator.hpp>
#include <unroll/framework/processes/reducer.hpp>
#include <unroll/models/records/records.hpp>
#include <unroll/models/trainer/trainer_options.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace task {

/// What every task's `train` can be told of the training itself. A task gives the defaults:
///
///     struct Options { task::TrainingFlags training{.default_epochs = 20, .learning_rate = 2e-3}; };
struct TrainingFlags {
  std::string model = "model.safetensors";
  double default_epochs = 10;                       // when neither epochs nor minutes are given
  std::optional<double> epochs = {}, minutes = {};  // the first one that is reached ends the training
  std::uint64_t batch = 32;
  std::string optimizer = "adam", schedule = "cosine";
  double learning_rate = 0.002, weight_decay = 0, weight_noise = 0;
  double clip = 1;     // infinity: off
  double average = 0;  // decay of the moving average of the weights; 0: none
  std::uint64_t patience = 0, seed = 1;
  std::uint64_t parts = 2, threads = 0;                // 0: as many threads as the machine runs at once
  std::string checkpoint = {}, resume = {}, log = {};  // files and a folder; empty: none
  double checkpoint_every = 60;                        // seconds
  bool force = false, json = false;
  unroll::SumOrder reduce = unroll::SumOrder::fixed;
  unroll::Communicator communicator = {};  // of the processes that mpirun has started; no flag
};

/// Adds the flags; `items` is what the task calls its examples.
void add_training_flags(console::Flags& flags, TrainingFlags& training, std::string_view items = "examples");

/// How a Trainer learns by these flags.
unroll::TrainerOptions<> trainer_options(const TrainingFlags& training);

/// What a Trainer does by these flags beside learning: it keeps the best model, saves checkpoints and is resumed.
unroll::FitOptions fit_options(const TrainingFlags& training, std::string_view items = "examples");

/// Throws unroll::ArgumentError when the model file is there already and may not be replaced, or is the file or the
/// checkpoint that it must not be; unroll::IoError when it cannot be written. Call it before reading data. `data` is
/// the path of the data; empty for none.
void expect_model_path(const TrainingFlags& training, std::string_view data);

}  // namespace task
