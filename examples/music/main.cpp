// Learns which keys of a piano sound after which, judges that on pieces it has not seen, and composes.
//
// Data: public-domain scores of Scott Joplin, Satie and Debussy (examples/run installs them), the piano rolls that the
// literature uses, or a folder of MIDI files.
// Model: an LSTM reads chords; after each step it gives, for each of 88 keys, the probability that the key sounds next.
// Start it with: examples/run music. What to expect stands in `about` (options.cpp).
#include "music/excerpts.hpp"
#include "music/options.hpp"
#include "music/roll_page.hpp"
#include "support/midi.hpp"
#include "support/wanted_file.hpp"
#include "task/training.hpp"
#include <unroll/framework/charts/page.hpp>
#include <unroll/framework/files/sha256.hpp>
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/carried_state.hpp>
#include <unroll/models/sequences/layers.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/models/trainer/shuffled_examples.hpp>
#include <unroll/ops/activations.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/losses.hpp>
#include <unroll/ops/sampling.hpp>

#include <fmt/format.h>

#include <cmath>

namespace music {
namespace {

using namespace unroll;
using support::keys;

struct Pianist {
  using State = Layers<LstmCell<>>::State;
  Layers<LstmCell<>> recurrent;
  Linear<> output;

  Pianist(const Settings& settings, const Random& random)
      : recurrent(settings.layers, {.inputs = keys, .hidden = settings.hidden}, random.split(0), settings.dropout),
        output({.inputs = settings.hidden, .outputs = keys}, random.split(1)) {}

  /// Chords [T, N, 88] and the state before them -> for each key the logit that it sounds next, and the state after.
  Unrolled<float, State> operator()(Variable<> chords, const RunOptions<State>& options) const {
    const auto [hidden, next] = run(recurrent, chords, options);
    return {output(hidden), next};
  }
  static void members(auto& self, auto&& visit) { visit("recurrent", self.recurrent), visit("output", self.output); }
};

/// Nats a step: the sum over the keys, the mean over the steps that there are.
auto loss_of(const Pianist& model) {
  return [&model](Tape<>& tape, const Excerpts& batch, const Noise& noise) {
    const auto logits = model(tape.constant(batch.inputs), {.noise = noise, .lengths = batch.lengths}).outputs;
    return binary_cross_entropy(logits, batch.targets,
                                {.reduction = Reduction::sum_per_step, .lengths = batch.lengths});
  };
}

auto batches_of(const std::vector<support::Piece>& pieces, std::vector<Excerpt> excerpts, std::size_t batch) {
  const std::size_t count = excerpts.size();
  return shuffled_examples<Excerpts>(
      {.examples = count, .batch = batch},
      [&pieces, excerpts = std::move(excerpts)](std::span<const std::size_t> chosen, Excerpts& to) {
        gather(pieces, excerpts, chosen, to);
      });
}

/// The probabilities of each key in each step of a piece but the first, [T, 1, 88].
Tensor<> probabilities_of(const Pianist& model, const support::Piece& piece) {
  Excerpts whole;
  gather({piece}, whole_pieces({piece}), std::vector<std::size_t>{0}, whole);
  Tape<> tape(Recording::values);
  return Tensor<>(sigmoid(model(tape.constant(whole.inputs), {}).outputs).value());
}

/// Judges a model as the literature does: in nats a step, and by the keys that are found right, of all that sound or
/// are said to. The baseline knows the habits of each key by itself.
task::Scores judge(const Pianist& model, const support::PieceSets& pieces) {
  const auto habits = habits_of_keys(pieces.train);
  double nats = 0, habitual = 0, steps = 0, right = 0, wrong = 0;
  for (const support::Piece& piece : pieces.test) {
    const Tensor<> likely = probabilities_of(model, piece);
    steps += static_cast<double>(piece.size() - 1);
    for (std::size_t step = 1; step < piece.size(); ++step)
      for (std::size_t key = 0; key < keys; ++key) {
        const bool before = support::sounds(piece[step - 1], key), now = support::sounds(piece[step], key);
        const double p = std::clamp<double>(likely[(step - 1) * keys + key], 1e-7, 1 - 1e-7), q = habits[key][before];
        nats -= std::log(now ? p : 1 - p), habitual -= std::log(now ? q : 1 - q);
        if (now || p > 0.5) ++(now && p > 0.5 ? right : wrong);
      }
  }
  return {.baseline = "each key alone",
          .scores = {{.name = "nats a step", .model = nats / steps, .baseline = habitual / steps},
                     {.name = "accuracy of keys",
                      .model = right + wrong > 0 ? 100 * right / (right + wrong) : 100,
                      .unit = "%",
                      .digits = 1}}};
}

void write_page(const Options& options, const Pianist& model, const support::PieceSets& pieces) {
  if (options.page.empty()) return;
  const support::Piece& piece = pieces.test.front();
  const support::Piece shown(piece.begin() + 1,
                             piece.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(piece.size(), 130)));
  const Tensor<> likely = probabilities_of(model, piece);
  const std::string roll = draw_roll("A test piece, and how likely each key was", shown, &likely);
  support::write_if_wanted(options.page, charts::to_html({.title = "Which key comes next", .head = "", .body = roll}));
}

int train(const Options& options) {
  const Settings& settings = options.settings;
  expect_model_path(options.training, options.data);
  support::expect_wanted_file(options.page);
  const auto pieces = support::read_pieces(options.data, static_cast<int>(settings.steps_per_beat));
  Pianist model(settings, Random(options.training.seed));
  auto training =
      batches_of(pieces.train, excerpts_of(pieces.train, options.excerpt, static_cast<int>(options.transpose)),
                 options.training.batch);
  auto validation = batches_of(pieces.valid, whole_pieces(pieces.valid), 8);
  const task::Description description{
      .program = about.name,
      .items = "steps",
      .metadata = to_metadata(settings),
      .settings = {{"pieces", digest_of(pieces.train)}, {"excerpt", std::to_string(options.excerpt)}}};
  const auto validate = [&](auto& trainer) { return trainer.measure(validation, loss_of(model)); };
  const auto report = task::train(options.training, description, model, training, loss_of(model), validate);
  const auto judged = [&] { return write_page(options, model, pieces), judge(model, pieces); };
  return task::conclude(options.training, report, judged, options.expect);
}

std::pair<Settings, Pianist> load(const Options& options) {
  const SafetensorsFile file = task::read_model(options.training.model, about.name);
  std::pair<Settings, Pianist> loaded{settings_in(file.metadata), {settings_in(file.metadata), Random(0)}};
  load_module(file, loaded.second);
  return loaded;
}

int evaluate(const Options& options) {
  const auto [settings, model] = load(options);
  const auto pieces = support::read_pieces(options.data, static_cast<int>(settings.steps_per_beat));
  const auto scores = judge(model, pieces);
  write_page(options, model, pieces);
  console::write_output(options.training.json ? to_json(scores) : to_text(scores));
  expect_reached(scores, options.expect);
  return 0;
}

/// Goes on from some chords, chord by chord: each key sounds with the probability that the model gives it.
int compose(const Options& options) {
  const auto [settings, model] = load(options);
  const auto beat = static_cast<int>(settings.steps_per_beat);
  support::Piece piece = options.begin.empty() ? support::Piece{} : support::read_midi(options.begin, beat);
  const std::size_t begin = piece.size();
  Tape<> tape(Recording::values);
  CarriedState<> memory;
  for (std::size_t step = 0; step < begin + options.length; ++step, tape.clear()) {
    Tensor<> chord({1, 1, keys});
    for (std::size_t key = 0; step > 0 && key < keys; ++key) chord[key] = support::sounds(piece[step - 1], key);
    const auto [logits, next] = model(tape.constant(chord), {.state = memory.resume(model.recurrent, tape, 1)});
    memory.keep(next);
    if (step < begin) continue;
    const auto chosen = bernoulli(Random(options.training.seed).split(step),
                                  sigmoid(logits * static_cast<float>(1 / options.temperature)).value());
    piece.emplace_back();
    for (std::size_t key = 0; key < keys; ++key)
      if (chosen[key] > 0) piece.back().push_back(static_cast<int>(key) + support::lowest_key);
  }
  support::write_midi(options.out, piece, beat);
  const std::string roll = draw_roll("Composed", piece);
  support::write_if_wanted(options.page, charts::to_html({.title = "Composed", .head = "", .body = roll}));
  console::write_message(fmt::format("{} steps are in {}", piece.size(), options.out));
  return 0;
}

const std::vector<console::Command<Options>> commands{
    {.name = "train",
     .description = "learns from pieces, and judges the model on pieces that it has not seen",
     .flags = train_flags,
     .run = train,
     .complete = expect_data,
     .is_for_every_process = true},
    {.name = "evaluate",
     .description = "judges a model on the pieces for the test",
     .flags = evaluate_flags,
     .run = evaluate,
     .complete = expect_data},
    {.name = "compose", .description = "writes a piece (MIDI)", .flags = compose_flags, .run = compose}};

}  // namespace
}  // namespace music

int main(int count, char** words) { return console::run_commands(count, words, music::about, music::commands); }
