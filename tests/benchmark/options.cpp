#include "benchmark/options.hpp"

#include <unroll/framework/tensor/random.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>

namespace benchmark {

std::size_t length_of(const Options& options, std::size_t sequence) {
  if (options.lengths == "full" || sequence == 0) return options.steps;
  return 1 + unroll::Random(11).bits(sequence) % options.steps;
}

namespace {

void add_modifiers(CLI::App& app, Options& options) {
  app.add_option(
         "--modifier", options.modifier,
         "What the LSTM is changed by, with noise in training; peephole, coupled and layer_norm_lstm are cells "
         "in its stead. dense: nothing, but its inputs are not looked up in a product with the table of tokens, "
         "which those that are dropped out cannot be either")
      ->check(CLI::IsMember({"none", "dense", "zoneout", "variational_dropout", "variational_hidden",
                             "layer_normalized", "projected", "residual", "state_clipped", "peephole", "coupled",
                             "layer_norm_lstm", "combined"}));
}

}  // namespace

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Times a character model on random tokens: embedding as wide as the hidden state, recurrent layers, output "
      "layer; in training also softmax cross-entropy on every step, backward and Adam. Ends with one line of JSON. "
      "A token is one sequence at one step."};
  app.add_option("--cell", options.cell, "The recurrent cell")
      ->check(CLI::IsMember({"lstm", "gru", "rnn", "mingru", "minlstm", "slstm", "mlstm", "lru"}));
  app.add_option("--mode", options.mode,
                 "train: a training step; infer: a batch of whole sequences; stream: step by step")
      ->check(CLI::IsMember({"train", "infer", "stream"}));
  app.add_option("--impl", options.implementation,
                 "builtin: the library's cell; custom: the same cell as a user would write it")
      ->check(CLI::IsMember({"builtin", "custom"}));
  const auto size = [&](const char* name, std::size_t& value, const char* text) {
    app.add_option(name, value, text)->check(CLI::Range(1, 1 << 24));
  };
  size("--layers", options.layers, "Recurrent layers");
  size("--hidden", options.hidden, "Width of the state and of the embedding");
  size("--batch", options.batch, "Sequences side by side");
  size("--seq", options.steps, "Steps of a sequence");
  size("--vocab", options.vocabulary, "Different tokens");
  size("--threads", options.threads, "Threads that share the batch");
  size("--repeats", options.repeats, "Measurements, of which the median is given");
  size("--warmup", options.warmup, "Steps before the first measurement");
  app.add_option("--min-ms", options.least_milliseconds, "How long a measurement must last, in milliseconds")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--lengths", options.lengths,
                 "full: all sequences have --seq steps; ragged: from 1 to that, drawn evenly")
      ->check(CLI::IsMember({"full", "ragged"}));
  app.add_option("--direction", options.direction, "forward: as time goes; both: bidirectional layers")
      ->check(CLI::IsMember({"forward", "both"}));
  app.add_option("--checkpoints", options.checkpoints,
                 "In training: keep all of the sequence, or some of its states, by this schedule")
      ->check(CLI::IsMember({"none", "sqrt", "binomial"}));
  app.add_option("--kept", options.kept, "The most states that checkpoints keep; 0: as the schedule likes");
  app.add_option("--loss", options.loss,
                 "In training: softmax cross-entropy on every step, or connectionist temporal classification")
      ->check(CLI::IsMember({"cross_entropy", "ctc"}));
  size("--targets", options.targets, "Targets of a sequence, for --loss ctc; at most half of --seq");
  add_modifiers(app, options);
  app.option_defaults()->always_capture_default();
  try {
    app.parse(argc, argv);
    if (options.checkpoints != "none" && (options.lengths != "full" || options.direction != "forward"))
      throw CLI::ValidationError("--checkpoints", "are of sequences without lengths, forward in time");
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    std::exit(status == 0 ? 0 : 2);
  }
  if (options.modifier != "none" && (options.cell != "lstm" || options.implementation != "builtin")) {
    std::fprintf(stderr, "benchmark: --modifier is for --cell lstm and --impl builtin\n");
    std::exit(2);
  }
  const bool written_by_hand = options.cell == "lstm" || options.cell == "gru" || options.cell == "rnn";
  if (options.implementation == "custom" && !written_by_hand) {
    std::fprintf(stderr, "benchmark: --impl custom is for --cell lstm, gru and rnn\n");
    std::exit(2);
  }
  return options;
}

}  // namespace benchmark
