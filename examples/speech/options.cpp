#include "speech/options.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/metadata.hpp>

namespace speech {

const console::About about{
    .name = "speech",
    .version = EXAMPLES_VERSION,
    .text = R"(speech: writes what somebody says, letter by letter

An LSTM reads log-mel spectra in both directions and says, for each 20 ms, how likely each letter is, or
none; it learns by connectionist temporal classification (Graves et al. 2006), without times of letters.

Expected on synthetic numbers, which ./examples/run speech makes by espeak-ng (8000 to learn, 560 voices;
600 of twelve other voices for the test), and checked there (--expect): a word error rate below 8 %. Seen
from seed 1 after 6 minutes on two cores: 4.4 % of words and 1.8 % of letters; the most frequent text has
95 and 90 %. No system has been published on these recordings, and none of this says anything of real voices.)",
    .footer =
        R"(exit codes: 0 done, 1 a file cannot be read or written, 2 wrong usage, 3 a recording or model file that is damaged,
            4 worse than --expect, or numbers became infinite, 128 + signal stopped by a signal)"};

namespace {

void model_flag(console::Flags& flags, Options& options) {
  flags.text("--model", "FILE", options.training.model, "model file");
}

void decoding_flags(console::Flags& flags, Options& options) {
  flags.whole("--beam", options.beam, 0, 10000,
              "prefixes that a beam search keeps; 0: the likeliest letter of each step");
  flags.text("--words", "FILE", options.words, "words, one in each line, that alone are written; takes a beam");
}

void data_flags(console::Flags& flags, Options& options) {
  flags.text(
      "--data", "DIR", options.data,
      "folder of WAV files (8 or 16 kHz, mono, 16 bit) named SPEAKER_TAKE.wav, each with a .txt of what is said, "
      "or named as 7_jackson_12.wav");
  flags.text("--test-speakers", "NAMES", options.held_out.speakers, "speakers that are the test, with commas between");
  flags.whole("--test-takes", options.held_out.takes, 1, 1000000,
              "the test is each speaker's takes below this; without either, it is every tenth recording");
}

void outcome_flags(console::Flags& flags, Options& options) {
  flags.text("--page", "FILE", options.page, "page (HTML) of spectrograms with the letters over time to write");
  flags.real("--expect", options.expect, unroll::not_negative,
             "greatest word error rate in per cent; above it the program ends with 4");
}

void expect_beam(Options& options) {
  constexpr std::uint64_t usual_beam = 16;
  if (!options.words.empty() && options.beam == 0) options.beam = usual_beam;
}

}  // namespace

std::map<std::string, std::string> to_metadata(const Settings& settings) {
  using unroll::number_text;
  return {{"hidden", number_text(settings.hidden)},   {"layers", number_text(settings.layers)},
          {"filters", number_text(settings.filters)}, {"streams", number_text(settings.streams ? 1 : 0)},
          {"rate", number_text(settings.rate)},       {"letters", settings.letters},
          {"most_frequent", settings.most_frequent}};
}

Settings settings_in(const std::map<std::string, std::string>& metadata) {
  const auto number = [&](std::string_view name, std::uint64_t least, std::uint64_t most) {
    const auto found = unroll::number_in<unsigned long>(metadata, name);
    if (found < least || found > most)
      throw unroll::FileError("a model whose " + std::string(name) + " is " + std::to_string(found)
                              + ": the file is damaged");
    return found;
  };
  const auto text = [&](const std::string& name) {
    const auto found = metadata.find(name);
    if (found == metadata.end()) throw unroll::FileError("a model without " + name + ": the file is damaged");
    return found->second;
  };
  return {.hidden = number("hidden", 1, 4096),
          .layers = number("layers", 1, 16),
          .filters = number("filters", 1, 80),
          .streams = number("streams", 0, 1) == 1,
          .rate = number("rate", 8000, 16000),
          .letters = text("letters"),
          .most_frequent = text("most_frequent")};
}

void train_flags(console::Flags& flags, Options& options) {
  Settings& settings = options.settings;
  data_flags(flags, options);
  flags.whole("--hidden", settings.hidden, 1, 4096, "units of each cell");
  flags.whole("--layers", settings.layers, 1, 16, "layers of cells");
  flags.whole("--filters", settings.filters, 8, 80, "mel filters");
  flags.flag("--one-directional", settings.streams, "read forward alone, to write while somebody speaks");
  flags.real("--dropout", options.dropout, unroll::below_one,
             "fraction of the numbers between layers that are dropped");
  flags.real("--speed", options.augmentation.speed, {.low = 0, .high = 1}, "augmentation: up to 1 + X times as fast");
  flags.real("--level", options.augmentation.level, {.low = 0, .high = 40},
             "augmentation: up to X dB louder or quieter");
  flags.real("--noise", options.augmentation.noise, {.low = 0, .high = 60},
             "augmentation: noise X to 60 dB below the recording; 60: none");
  flags.real("--validation", options.validation, {.low = 0, .high = 0.9, .open_low = true},
             "fraction of the recordings to learn from that decides which model is the best instead");
  decoding_flags(flags, options), outcome_flags(flags, options);
  add_training_flags(flags, options.training, "recordings");
}

void evaluate_flags(console::Flags& flags, Options& options) {
  model_flag(flags, options), data_flags(flags, options);
  flags.flag("--all", options.all, "the test is all of the recordings");
  decoding_flags(flags, options), outcome_flags(flags, options);
  flags.flag("--json", options.training.json, "print one JSON object on standard output");
}

void transcribe_flags(console::Flags& flags, Options& options) {
  flags.operand("FILE", options.file,
                "WAV file; or - for a stream of samples of 16 bit, with the header of a WAV file or without");
  model_flag(flags, options), decoding_flags(flags, options);
}

void expect_data(const console::Flags& flags, Options& options) {
  flags.require("--data", options.data);
  expect_beam(options);
}

void expect_file(const console::Flags& flags, Options& options) {
  flags.require("FILE", options.file);
  expect_beam(options);
}

}  // namespace speech
