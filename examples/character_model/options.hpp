#pragma once

#include "character_model/settings.hpp"
#include "character_model/vocabulary.hpp"
#include "character_model/window_state.hpp"
#include <unroll/framework/processes/reducer.hpp>
#include <unroll/models/trainer/training_amount.hpp>
#include <unroll/models/training/truncated.hpp>
#include <unroll/ops/sampling.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

/// The command line, read strictly.
namespace character_model {

using unroll::Sampling;

struct TrainOptions {
  std::string text;
  std::string model = "model.safetensors";
  Settings settings;
  WindowState state = WindowState::carried;
  std::uint64_t batch = 32, steps = 64;
  std::optional<std::uint64_t> k1, k2;  // empty: as steps
  unroll::TrainingAmount budget;        // its items are characters
  std::string optimizer = "adam", schedule = "cosine";
  double learning_rate = 0.004;
  double clip = 5;  // infinity: off
  std::uint64_t seed = 1;
  double validation = 0.05;
  std::optional<std::uint64_t> evaluate_every;  // characters; 0: only at the end; empty: chosen by the text
  std::uint64_t patience = 0;                   // 0: no early stopping
  std::uint64_t parts = 2, threads = 0;         // 0: as many threads as the machine runs at once
  std::string checkpoint, resume, log;          // files and a folder; empty: none
  double checkpoint_every = 60;                 // seconds
  bool bytes = false, force = false, json = false;
  unroll::SumOrder reduce = unroll::SumOrder::fixed;
  unroll::Communicator processes = {};  // those that mpirun has started; no flag

  /// An update every k1 steps of a stream, back over k2.
  unroll::Truncation truncation() const { return {k1.value_or(steps), k2.value_or(steps)}; }
};

struct EvaluateOptions {
  std::string model = "model.safetensors", text;
  double validation = 1;
  WindowState state = WindowState::carried;
  std::uint64_t batch = 32, steps = 64, threads = 0;
  Unknown unknown = Unknown::error;
  bool json = false;
};

struct GenerateOptions {
  std::string model = "model.safetensors", prompt;
  bool echo = false;
  std::uint64_t length = 1000;
  Sampling sampling;
  std::uint64_t seed = 1;
  Unknown unknown = Unknown::error;
};

struct InspectOptions {
  std::string model = "model.safetensors";
  bool gradient_flow = false;  // all options below but json are for it
  std::string text, html, csv;
  std::uint64_t batch = 8, steps = 64;
  double clip = 5;  // infinity: off
  Unknown unknown = Unknown::error;
  bool json = false;
};

/// Text for standard output, after which the program ends: --help and --version.
struct Information {
  std::string text;
};

using Command = std::variant<Information, TrainOptions, EvaluateOptions, GenerateOptions, InspectOptions>;

/// Reads the arguments that follow the program's name. Throws unroll::ArgumentError naming the flag, what was given
/// and what is accepted.
Command parse_command(std::span<const char* const> arguments);

}  // namespace character_model
