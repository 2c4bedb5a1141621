#include "character_model/commands.hpp"
#include "character_model/generate.hpp"
#include "character_model/memory.hpp"
#include "character_model/training.hpp"
#include "console/output.hpp"
#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/atomic_file.hpp>
#include <unroll/framework/memory/available_memory.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <utility>

namespace character_model {

using console::write_message;
using console::write_output;
using unroll::counted;

namespace {

void check_model_path(const TrainOptions& options) {
  if (!options.processes.is_first()) return;  // which writes the files
  unroll::expect_writable(options.model);
  const bool goes_on = !options.resume.empty();  // then it is the best model so far
  if (std::filesystem::exists(options.model) && !options.force && !goes_on)
    throw unroll::ArgumentError(fmt::format("--model: {} exists already; give another name, or --force to replace it",
                                            unroll::quoted(options.model)));
  std::error_code neither;  // equivalent() finds the same file under any name
  for (const auto& [flag, file] : {std::pair{"--model", options.model}, std::pair{"--checkpoint", options.checkpoint}})
    if (options.text != "-" && std::filesystem::equivalent(options.text, file, neither))
      throw unroll::ArgumentError(
          fmt::format("{}: {} is the text itself; give another name", flag, unroll::quoted(file)));
  if (std::filesystem::path(options.model).lexically_normal()
      == std::filesystem::path(options.checkpoint).lexically_normal())
    throw unroll::ArgumentError(
        fmt::format("--checkpoint: {} is the model's file; give another name", unroll::quoted(options.checkpoint)));
}

TextFile open_training_text(const TrainOptions& options) {
  if (options.text == "-" && !options.processes.is_alone())
    throw unroll::ArgumentError("--text: - is standard input, which only the first process has; give a file");
  TextFile text = open_text(options.text, options.bytes ? CharacterUnit::byte : CharacterUnit::code_point);
  const std::uint64_t side_by_side = options.state == WindowState::carried ? options.batch : 1;
  expect_long_enough(options.text, text.size(), options.validation, side_by_side, options.truncation().k1,
                     options.k1 ? "--k1" : "--steps");
  return text;
}

int most_frequent(const TextFile& text) {
  const auto& characters = text.characters();
  const auto most = std::ranges::max_element(characters, {}, &unroll::CharacterCount::count);
  return static_cast<int>(most - characters.begin());
}

void warn_of(const unroll::Truncation& truncation) {
  if (truncation.k1 > truncation.k2)
    write_message(fmt::format("warning: --k2 {} learns from the last {} of every {} characters (--k1) only",
                              truncation.k2, truncation.k2, truncation.k1));
  if (truncation.chunk() < std::min(truncation.k1, truncation.k2))
    write_message(
        fmt::format("warning: --k1 {} and --k2 {} make chunks of {}, which are slow; let one be a multiple of "
                    "the other",
                    truncation.k1, truncation.k2, truncation.chunk()));
}

/// "2 threads", no more than there are parts with streams to learn; "4 processes, of 1 thread each".
std::string threads_text(const TrainOptions& options) {
  const std::size_t processes = options.processes.processes();
  const std::size_t parts = unroll::BatchPart{0, processes}.range_of(std::min(options.parts, options.batch)).count;
  const std::string threads = counted(unroll::thread_count(options.threads, parts), "thread");
  return processes == 1 ? threads : fmt::format("{} processes, of {} each", processes, threads);
}

void introduce(const TrainOptions& options, const Description& description, const Split& parts) {
  const std::size_t vocabulary = description.vocabulary.size();
  const Settings& settings = description.settings;
  write_message(fmt::format("{}: {} to learn from, {} held out, {} different", unroll::quoted(options.text),
                            counted(parts.training.size(), "character"), parts.validation.size(), vocabulary));
  if (vocabulary == 1) write_message("warning: the text has one character only; there is nothing to learn");
  if (options.learning_rate == 0) write_message("warning: --learning-rate 0 learns nothing");
  if (settings.dropout > 0 && settings.layers == 1)
    write_message("warning: --dropout is between layers, and there is one layer only");
  const unroll::Truncation truncation = options.truncation();
  warn_of(truncation);
  const std::size_t stream = parts.training.size() / options.batch;
  const MemoryNeeds needs = training_memory(settings, vocabulary, options.batch, truncation, stream, options.parts);
  expect_memory(needs, unroll::available_memory(), options.k2 ? "--k2" : "--steps");
  write_message(fmt::format("{}, {} x {}, {:.0f} parameters, {}, about {} of memory", name_of(settings.cell),
                            settings.layers, settings.hidden, parameter_count(settings, vocabulary),
                            threads_text(options), unroll::format_bytes(needs.total())));
}

void write_sample(const std::string& path, std::uint64_t seed) {
  std::string sample;
  write_text(load_model(path), {}, 400, {.temperature = 0.8}, seed, [&](std::string_view piece) { sample += piece; });
  write_output("\nsample at temperature 0.8:\n" + sample + "\n");
}

}  // namespace

int run_train(const TrainOptions& options) {
  check_model_path(options);
  const TextFile text = open_training_text(options);
  const Description description{
      .settings = options.settings, .vocabulary = vocabulary_of(text), .start = most_frequent(text)};
  const Split parts = split(unroll::tokens_of(text), options.validation);
  introduce(options, description, parts);
  if (options.processes.is_first()) unroll::expect_writable(options.model, bytes_of_model_file(description));

  AnyModel any = make_model(description.settings, description.vocabulary.size(), unroll::Random(options.seed).split(0));
  const TrainingReport report = train_model(options, description, parts, any);
  write_output(options.json ? to_json(report) : to_text(report));
  const bool writes_sample = !options.json && report.training.signal == 0 && options.processes.is_first();
  if (writes_sample) write_sample(options.model, options.seed);
  return report.training.signal;
}

}  // namespace character_model
