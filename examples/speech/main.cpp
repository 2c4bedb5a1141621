// Writes what somebody says, letter by letter.
//
// Data: recordings (WAV) with what is said in them; examples/run makes synthetic ones, numbers spoken by espeak-ng in
// many voices, in rooms and noise, of which twelve voices are held out. Model: a bidirectional LSTM of two layers reads
// log-mel spectra and says, for each 20 ms, how likely each letter is, or none; it learns by connectionist temporal
// classification, which needs no times of letters (recognizer.hpp). Start it with: examples/run speech. What to expect
// stands in `about`.
#include "console/commands.hpp"
#include "speech/allowed_words.hpp"
#include "speech/batches.hpp"
#include "speech/listening.hpp"
#include "speech/options.hpp"
#include "speech/recognizer.hpp"
#include "speech/transcripts.hpp"
#include "support/wanted_file.hpp"
#include "task/training.hpp"
#include <unroll/models/sequences/carried_state.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/ctc_decoding.hpp>
#include <unroll/ops/largest.hpp>
#include <unroll/ops/shaping.hpp>
#include <unroll/ops/softmax.hpp>

#include <utility>

namespace speech {
namespace {

using namespace unroll;

/// A model, and all that is needed to use it.
struct Listener {
  Settings settings;
  Alphabet alphabet{std::span(&settings.letters, 1)};
  Hearing hearing{static_cast<std::uint32_t>(settings.rate), settings.filters, !settings.streams};
  Recognizer model;
  std::optional<AllowedWords> words{};
  std::uint64_t beam = 0;

  Listener(const Settings& given, const Options& options)
      : settings(given),
        model(settings, hearing.width(), alphabet.symbols(), options.dropout, Random(options.training.seed)),
        beam(options.beam) {
    if (!options.words.empty()) words.emplace(options.words, alphabet);
  }

  /// The logits of the steps of a recording, [T, 1, V].
  Tensor<> logits(std::span<const float> samples) const {
    const Tensor<> heard = hearing(samples);
    if (heard.size() == 0) return Tensor<>({0, 1, alphabet.symbols()});
    Tape<> tape(Recording::values);
    const auto steps = reshape(tape.constant(heard), {heard.shape()[0], 1, heard.shape()[1]});
    return Tensor<>(model(steps, {}, {}).value());
  }
  std::string text_of(const Tensor<>& logits) const {
    if (logits.size() == 0) return "";
    if (beam == 0) return alphabet.text_of(ctc_greedy(logits).front());
    const auto found = ctc_beam_search(logits, words ? words->beam(beam) : CtcBeamOptions{.width = beam}).front();
    return found.empty() ? "" : alphabet.text_of(found.front().symbols);
  }
};

/// Writes what is said in recordings, and makes the page.
task::Scores judge(const Listener& listener, const Recordings& recordings, const std::vector<std::size_t>& part,
                   const std::string& page) {
  std::vector<Transcript> transcripts;
  std::vector<Picture> pictures;
  for (const std::size_t index : part) {
    const Utterance& recording = recordings.all[index];
    const Tensor<> logits = listener.logits(recording.samples);
    transcripts.push_back({recording.name, recording.text, listener.text_of(logits)});
    if (page.empty() || transcripts.size() % (part.size() / 4 + 1) != 1) continue;  // four of them
    Tape<> tape(Recording::values);
    const auto probabilities = softmax(tape.constant(logits));
    pictures.push_back({transcripts.back(), listener.hearing.log_mel()(recording.samples),
                        Tensor<>(reshape(probabilities, {logits.shape()[0], listener.alphabet.symbols()}).value())});
  }
  const auto scores = scores_of(transcripts, listener.settings.most_frequent);
  support::write_if_wanted(page, page_of(pictures, listener.alphabet, scores));
  return scores;
}

/// What is heard on average, for a model that hears streams.
Standardization<> standardization_of(const SpeechBatches& batches) {
  SpeechBatch some;
  batches.read(0, BatchPart(), some);
  return Standardization<>(some.heard.data, some.heard.lengths);
}

int train(const Options& options) {
  expect_model_path(options.training, options.data);
  support::expect_wanted_file(options.page);
  const Recordings recordings = read_recordings(options.data);
  const Parts parts = parts_of(recordings, options.held_out, options.validation);
  Listener listener(settings_for(options.settings, recordings, parts), options);
  Recognizer& model = listener.model;

  const auto& [settings, alphabet, hearing] = std::tie(listener.settings, listener.alphabet, listener.hearing);
  auto training =
      speech_batches(recordings, parts.training, alphabet, hearing, options.training.batch, options.augmentation);
  auto validation = speech_batches(recordings, parts.validation, alphabet, hearing, 64);
  if (settings.streams) training.begin_epoch(Random(0)), model.inputs = standardization_of(training);
  const auto validate = [&](auto& trainer) { return trainer.measure(validation, loss_of(model)); };
  const task::Description description{.program = about.name,
                                      .items = "recordings",
                                      .metadata = to_metadata(settings),
                                      .settings = settings_of(recordings, options.augmentation)};
  const auto report = task::train(options.training, description, model, training, loss_of(model), validate);
  const auto scores = [&] { return judge(listener, recordings, parts.test, options.page); };
  return task::conclude(options.training, report, scores, options.expect);
}

Listener load(const Options& options) {
  const SafetensorsFile file = task::read_model(options.training.model, about.name);
  Listener listener(settings_in(file.metadata), options);
  load_module(file, listener.model);
  return listener;
}

int evaluate(const Options& options) {
  const Listener listener = load(options);
  const Recordings recordings = read_recordings(options.data);
  expect_rate(recordings.rate, listener.settings.rate, options.data);
  const auto part = options.all ? all_of(recordings) : parts_of(recordings, options.held_out, 0).test;
  const auto scores = judge(listener, recordings, part, options.page);
  console::write_output(options.training.json ? to_json(scores) : to_text(scores));
  expect_reached(scores, options.expect);
  return 0;
}

/// Writes letters while samples arrive: the likeliest of each step, unless it is that of the step before.
void transcribe_stream(const Listener& listener, SampleStream& stream) {
  HearingStream hearing(listener.hearing);
  CarriedState<> state;
  int before = 0;
  const auto write = [&](const Tensor<>& heard) {
    if (heard.size() == 0) return;
    Tape<> tape(Recording::values);
    const auto steps = reshape(tape.constant(heard), {heard.shape()[0], 1, heard.shape()[1]});
    const Recognizer& model = listener.model;
    const auto unrolled = run(model.forward, model.inputs(steps), {.state = state.resume(model.forward, tape, 1)});
    const auto logits = model.output(unrolled.outputs);
    for (const int symbol : argmax(logits.value()))
      if (const int last = std::exchange(before, symbol); symbol != 0 && symbol != last)
        console::write_output(listener.alphabet.text_of(std::span(&symbol, 1)));
    state.keep(unrolled.state);
  };
  for (std::vector<float> samples; stream.read(samples);) write(hearing.push(samples));
  write(hearing.finish());
  console::write_output("\n");
}

int transcribe(const Options& options) {
  const Listener listener = load(options);
  if (options.file == "-" && listener.settings.streams && options.beam == 0) {
    SampleStream stream(0, listener.settings.rate);
    return transcribe_stream(listener, stream), 0;
  }
  const auto samples = samples_of(options.file, listener.settings.rate);
  console::write_output(listener.text_of(listener.logits(samples)) + "\n");
  return 0;
}

const std::vector<console::Command<Options>> commands{
    {.name = "train",
     .description = "learns from recordings, and judges the model on voices or takes that it has not heard",
     .flags = train_flags,
     .run = train,
     .complete = expect_data,
     .is_for_every_process = true},
    {.name = "evaluate",
     .description = "judges a model on recordings",
     .flags = evaluate_flags,
     .run = evaluate,
     .complete = expect_data},
    {.name = "transcribe",
     .description = "writes what is said in a WAV file, or while it is being said",
     .flags = transcribe_flags,
     .run = transcribe,
     .complete = expect_file}};

}  // namespace
}  // namespace speech

int main(int count, char** words) { return console::run_commands(count, words, speech::about, speech::commands); }
