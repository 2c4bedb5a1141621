#include "character_model/options.hpp"

#include "console/flags.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/optimizers/any_optimizer.hpp>
#include <unroll/framework/optimizers/schedule.hpp>

#include <fmt/format.h>

#include <array>
#include <limits>

namespace character_model {

using console::Flags;
using console::parse_word;

namespace {

constexpr std::array<std::string_view, 4> commands{"train", "evaluate", "generate", "inspect"};
constexpr std::array<std::string_view, 2> unknown_names{"error", "skip"};
constexpr std::array<std::string_view, 2> sum_orders{"fixed", "fast"};
constexpr std::uint64_t any = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t most_characters = 1000000000000000;  // a double counts these exactly
constexpr std::uint64_t default_characters = 12000000;

constexpr const char* usage =
    R"(character_model: learns to write like a text, one character at a time

usage: character_model train    --text FILE [--model FILE] ...   learn from a text
       character_model evaluate --text FILE [--model FILE] ...   measure a model on a text
       character_model generate [--model FILE] [--prompt TEXT]   write text
       character_model inspect  [--model FILE]                   show what is in a model file
       character_model inspect  --gradient-flow --text FILE ...  see its gradients vanish or explode
       character_model COMMAND --help                            all flags of a command
       character_model --version

exit codes: 0 done, 1 a file or device cannot be read or written, 2 wrong usage or unfit text,
            3 a model file, checkpoint or log that is damaged or not ours, 4 numbers became infinite
            or NaN, 128 + signal stopped by Ctrl-C (130), SIGTERM (143) or SIGHUP (129): the model is
            saved, and with --checkpoint all that the training needs to go on
)";

void model_flags(Flags& flags, TrainOptions& options) {
  Settings& settings = options.settings;
  flags.word("--cell", "NAME", settings.cell, cell_names, "recurrent cell");
  flags.whole("--layers", settings.layers, 1, most_layers, "stacked layers");
  flags.whole("--hidden", settings.hidden, 1, most_hidden, "units in a layer");
  flags.whole("--embedding", settings.embedding, 1, most_hidden, "numbers that stand for a character");
  flags.real("--dropout", settings.dropout, {.low = 0, .high = 1, .open_high = true},
             "fraction of units left out between layers");
  flags.flag("--bytes", options.bytes, "learn the bytes of the file, not the characters of UTF-8");
}

void budget_flags(Flags& flags, TrainOptions& options, std::optional<double>& minutes) {
  unroll::TrainingAmount& budget = options.budget;
  flags.real("--epochs", budget.epochs, {.low = 0, .high = 1e6, .open_low = true},
             "end after this many passes over the text");
  flags.whole("--characters", budget.items, 1, most_characters,
              fmt::format("end after this many characters; {} unless a limit is given", default_characters));
  flags.real("--minutes", minutes, {.low = 0, .high = 1e6, .open_low = true}, "end after this time");
  flags.whole("--patience", options.patience, 0, any,
              "end after this many evaluations in a row that are no better; 0: never");
  flags.whole("--evaluate-every", options.evaluate_every, 0, most_characters,
              "characters between two evaluations; 0: only at the end; otherwise ten times the validation text, and at "
              "least 100000");
}

void optimizer_flags(Flags& flags, TrainOptions& options) {
  flags.word(
      "--state", "NAME", options.state, window_state_names,
      "state before a window of --steps, when it learns and is judged; zeros: windows begin anew and are shuffled");
  flags.whole("--batch", options.batch, 1, most_batch, "streams or windows of text learned side by side");
  flags.whole("--steps", options.steps, 1, most_steps,
              "characters of a stream between two updates, and that each looks back");
  flags.whole("--k1", options.k1, 1, most_steps, "those between two updates, when not --steps");
  flags.whole("--k2", options.k2, 1, most_steps,
              "those that an update looks back, when not --steps; a multiple of --k1 is fastest");
  flags.word("--optimizer", "NAME", options.optimizer, unroll::optimizer_names(), "how weights follow gradients");
  flags.word("--schedule", "NAME", options.schedule, unroll::schedule_names(),
             "how the learning rate falls over the budget");
  flags.real("--learning-rate", options.learning_rate, {.low = 0, .high = 1000}, "size of an update, at the start");
  flags.real_or_off("--clip", options.clip, {.low = 0, .high = 1e9, .open_low = true},
                    "longest gradient; longer ones are scaled down; off: never");
}

void checkpoint_flags(Flags& flags, TrainOptions& options) {
  flags.text("--checkpoint", "FILE", options.checkpoint, "file to save all of the training in, to go on after a stop");
  flags.real("--checkpoint-every", options.checkpoint_every, {.low = 0, .high = 1e6, .open_low = true},
             "seconds between two checkpoints");
  flags.text("--resume", "FILE", options.resume,
             "checkpoint to go on from, to the same bits; give the other flags as they were; it is the --checkpoint "
             "too, unless "
             "one is given");
  flags.text("--log", "DIR", options.log, "folder for training.csv, training.html and TensorBoard's event file");
}

/// Throws unroll::ArgumentError for windows that begin from zeros and are cut otherwise.
void expect_streams(const TrainOptions& options) {
  if (options.state == WindowState::carried || (!options.k1 && !options.k2)) return;
  throw unroll::ArgumentError(fmt::format(
      "{} is for streams (--state carried), but --state zeros was given; give --steps alone (see character_model train "
      "--help)",
      options.k1 ? "--k1" : "--k2"));
}

/// Throws unroll::ArgumentError for options that follow the held-out loss when there is none, or only at the end.
void expect_evaluations(const TrainOptions& options) {
  const bool never = options.validation == 0, once = options.evaluate_every == 0;
  if (!never && !once) return;
  const char* const without = never ? "--validation 0" : "--evaluate-every 0";
  const auto refuse = [&](const std::string& flag) {
    throw unroll::ArgumentError(
        fmt::format("{} goes by the held-out loss while training, which {} leaves out; leave out one of the two (see "
                    "character_model train --help)",
                    flag, without));
  };
  if (options.schedule == "plateau") refuse("--schedule plateau");
  if (options.patience > 0) refuse(fmt::format("--patience {}", options.patience));
}

Command parse_train(std::span<const char* const> arguments) {
  TrainOptions options;
  std::optional<double> minutes;
  Flags flags("character_model train", "Learns from a text, and keeps the model that is best on its end.");
  flags.text("--text", "FILE", options.text, "text to learn from, UTF-8; - is standard input");
  flags.text("--model", "FILE", options.model, "model file to write");
  flags.flag("--force", options.force, "replace the model file if there is one");
  model_flags(flags, options);
  budget_flags(flags, options, minutes);
  optimizer_flags(flags, options);
  flags.real("--validation", options.validation, {.low = 0, .high = 0.9},
             "fraction of the text, at its end, that is tested on and not learned");
  flags.whole("--seed", options.seed, 0, any, "beginning of all random numbers");
  flags.whole("--parts", options.parts, 1, most_threads,
              "parts of a batch that threads share out; the model depends on them, and not on the threads");
  flags.whole("--threads", options.threads, 0, most_threads,
              "threads that share a batch; 0: as many as the machine runs at once; never more than --parts");
  flags.word("--reduce", "ORDER", options.reduce, sum_orders,
             "how processes that mpirun has started sum gradients: to the bits of one process, or as fast as can be");
  checkpoint_flags(flags, options);
  flags.flag("--json", options.json, "print one JSON object at the end on standard output, and nothing else");
  if (auto help = flags.parse(arguments)) return Information{*help};
  flags.require("--text", options.text);
  flags.require("--model", options.model);
  expect_evaluations(options);
  expect_streams(options);
  if (options.checkpoint.empty()) options.checkpoint = options.resume;
  if (minutes) options.budget.seconds = 60 * *minutes;
  if (options.budget.empty()) options.budget.items = default_characters;
  return options;
}

Command parse_evaluate(std::span<const char* const> arguments) {
  EvaluateOptions options;
  Flags flags("character_model evaluate", "Measures how well a model predicts a text.");
  flags.text("--model", "FILE", options.model, "model file");
  flags.text("--text", "FILE", options.text, "text to measure on; - is standard input");
  flags.real("--validation", options.validation, {.low = 0, .high = 1, .open_low = true},
             "fraction of the text, at its end, to measure on");
  flags.word("--unknown", "WHAT", options.unknown, unknown_names, "characters that the model does not know");
  flags.word("--state", "NAME", options.state, window_state_names,
             "state before a window of --steps; zeros: as most published models are judged, which is a higher loss");
  flags.whole("--batch", options.batch, 1, most_batch, "streams or windows of text read side by side, at most");
  flags.whole("--steps", options.steps, 1, most_steps,
              "characters of a window; with the state carried, read at a time");
  flags.whole("--threads", options.threads, 0, most_threads, "threads; 0: all of the machine");
  flags.flag("--json", options.json, "print one JSON object on standard output");
  if (auto help = flags.parse(arguments)) return Information{*help};
  flags.require("--text", options.text);
  flags.require("--model", options.model);
  return options;
}

Command parse_generate(std::span<const char* const> arguments) {
  GenerateOptions options;
  Flags flags("character_model generate", "Writes text, character by character, on standard output.");
  flags.text("--model", "FILE", options.model, "model file");
  flags.text("--prompt", "TEXT", options.prompt, "text to go on from; --prompt=-x when it begins with a dash");
  flags.flag("--echo", options.echo, "write the prompt first");
  flags.whole("--length", options.length, 0, most_characters, "characters to write after the prompt");
  flags.real("--temperature", options.sampling.temperature, {.low = 0, .high = 1e6},
             "below 1 likely characters become likelier; 0 takes the likeliest");
  flags.whole("--top-k", options.sampling.top_k, 0, any, "draw from the k likeliest; 0: from all");
  flags.real("--top-p", options.sampling.top_p, {.low = 0, .high = 1, .open_low = true},
             "draw from the fewest that have this much probability together; 1: from all");
  flags.whole("--seed", options.seed, 0, any, "the same seed writes the same text");
  flags.word("--unknown", "WHAT", options.unknown, unknown_names,
             "characters of the prompt that the model does not know");
  if (auto help = flags.parse(arguments)) return Information{*help};
  flags.require("--model", options.model);
  return options;
}

Command parse_inspect(std::span<const char* const> arguments) {
  InspectOptions options;
  Flags flags("character_model inspect", "Shows what is in a model file, or how gradients flow through the model.");
  flags.text("--model", "FILE", options.model, "model file");
  flags.flag("--json", options.json, "print one JSON object on standard output");
  flags.flag("--gradient-flow", options.gradient_flow,
             "show gradients through time while it reads a text; the flags below are for this");
  flags.text("--text", "FILE", options.text, "text to read; - is standard input");
  flags.text("--html", "FILE", options.html, "page with pictures to write");
  flags.text("--csv", "FILE", options.csv, "table of all numbers to write");
  flags.whole("--batch", options.batch, 1, most_batch, "streams of text read side by side, at most");
  flags.whole("--steps", options.steps, 2, most_steps, "characters of a stream that a gradient goes back");
  flags.real_or_off("--clip", options.clip, {.low = 0, .high = 1e9, .open_low = true},
                    "length above which training clips a gradient; off: never");
  flags.word("--unknown", "WHAT", options.unknown, unknown_names, "characters that the model does not know");
  if (auto help = flags.parse(arguments)) return Information{*help};
  flags.require("--model", options.model);
  if (options.gradient_flow) flags.require("--text", options.text);
  for (const char* const name : {"--text", "--html", "--csv", "--batch", "--steps", "--clip", "--unknown"})
    if (!options.gradient_flow && flags.given(name))
      throw unroll::ArgumentError(fmt::format(
          "{} is for inspect --gradient-flow, which was not given (see character_model inspect --help)", name));
  return options;
}

}  // namespace

Command parse_command(std::span<const char* const> arguments) {
  if (arguments.empty())
    throw unroll::ArgumentError("no command given, expected train, evaluate, generate or inspect (see --help)");
  const std::string_view first = arguments.front();
  if (first == "--help" || first == "-h" || first == "help") return Information{usage};
  if (first == "--version") return Information{"character_model " CHARACTER_MODEL_VERSION "\n"};
  if (first.starts_with('-'))
    throw unroll::ArgumentError(
        fmt::format("{} given before a command, expected train, evaluate, generate or inspect", unroll::quoted(first)));
  constexpr std::array parsers{parse_train, parse_evaluate, parse_generate, parse_inspect};
  return parsers[parse_word("command", first, commands)](arguments.subspan(1));
}

}  // namespace character_model
