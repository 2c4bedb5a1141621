#include "music/options.hpp"

#include <unroll/framework/files/metadata.hpp>

#include <limits>

namespace music {

const console::About about{
    .name = "music",
    .version = EXAMPLES_VERSION,
    .text = R"(music: learns which keys of a piano sound after which, and composes

An LSTM reads chords, step by step, and says how likely each of 88 keys is to sound next. It learns
excerpts of pieces, transposed up and down, and is judged on whole pieces that it has not seen.

Expected, from seeds 1 to 3, with the flags of ./examples/run music, and checked (--expect):
                                        model           each key alone
  six rags learned, The Entertainer     7.7 to 7.9      10.9 nats a step
"Each key alone" knows how often a key goes on and begins. Of sets of the literature, which --data
takes as JSON, Bai et al. 2018 have for an LSTM: JSB chorales 8.45, Nottingham 3.29 nats a step.)",
    .footer =
        R"(exit codes: 0 done, 1 a file cannot be read or written, 2 wrong usage, 3 pieces or a model file that are damaged,
            4 worse than --expect, or numbers became infinite, 128 + signal stopped by a signal)"};

namespace {

void data_flag(console::Flags& flags, Options& options) {
  flags.text(
      "--data", "PATH", options.data,
      "piano rolls (JSON: {\"train\": [[[60, 64], ...], ...], \"valid\": ..., \"test\": ...}), or a folder with the "
      "folders train, valid and test of MIDI files");
}

void judge_flags(console::Flags& flags, Options& options) {
  flags.text("--page", "FILE", options.page, "page (HTML) of piano rolls to write");
  flags.real("--expect", options.expect, unroll::not_negative,
             "greatest nats a step; above it the program ends with 4");
}

}  // namespace

std::map<std::string, std::string> to_metadata(const Settings& settings) {
  return {{"steps_per_beat", unroll::number_text(settings.steps_per_beat)},
          {"hidden", unroll::number_text(settings.hidden)},
          {"layers", unroll::number_text(settings.layers)},
          {"dropout", unroll::number_text(settings.dropout)}};
}

Settings settings_in(const std::map<std::string, std::string>& metadata) {
  return {.steps_per_beat = unroll::number_in<std::uint64_t>(metadata, "steps_per_beat"),
          .hidden = unroll::number_in<std::uint64_t>(metadata, "hidden"),
          .layers = unroll::number_in<std::uint64_t>(metadata, "layers"),
          .dropout = unroll::number_in<double>(metadata, "dropout")};
}

void train_flags(console::Flags& flags, Options& options) {
  Settings& settings = options.settings;
  data_flag(flags, options);
  flags.whole("--steps-per-beat", settings.steps_per_beat, 1, 96,
              "steps that a quarter note of a MIDI file is cut into");
  flags.whole("--hidden", settings.hidden, 1, 4096, "units in a layer");
  flags.whole("--layers", settings.layers, 1, 64, "stacked layers");
  flags.real("--dropout", settings.dropout, unroll::below_one,
             "fraction of units left out between layers, while it learns");
  flags.whole("--excerpt", options.excerpt, 2, 100000, "steps that it learns at a time; excerpts overlap by half");
  flags.whole("--transpose", options.transpose, 0, 11, "semitones up and down that pieces are transposed by, too");
  judge_flags(flags, options);
  add_training_flags(flags, options.training, "steps");
}

void evaluate_flags(console::Flags& flags, Options& options) {
  flags.text("--model", "FILE", options.training.model, "model file");
  data_flag(flags, options), judge_flags(flags, options);
  flags.flag("--json", options.training.json, "print one JSON object on standard output");
}

void compose_flags(console::Flags& flags, Options& options) {
  flags.text("--model", "FILE", options.training.model, "model file");
  flags.text("--out", "FILE", options.out, "MIDI file to write");
  flags.text("--begin", "FILE", options.begin, "MIDI file to go on from");
  flags.whole("--length", options.length, 1, 100000, "steps to compose");
  flags.real("--temperature", options.temperature, {.low = 0, .high = 1e6, .open_low = true},
             "below 1 likely keys become likelier");
  flags.text("--page", "FILE", options.page, "page (HTML) of what was composed to write");
  flags.whole("--seed", options.training.seed, 0, std::numeric_limits<std::uint64_t>::max(),
              "the same seed composes the same");
}

void expect_data(const console::Flags& flags, Options& options) { flags.require("--data", options.data); }

}  // namespace music
