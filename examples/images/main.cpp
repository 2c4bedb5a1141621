// Says what an image shows, which it reads as a sequence: of patches, of rows, or of pixels.
//
// Data: Fashion-MNIST (Xiao et al. 2017) and MNIST (LeCun et al. 1998), which examples/run installs. Model: an LSTM
// reads the steps in both directions, attention pools its outputs, and a linear layer gives a logit for each class.
// Training images are shifted and mirrored at random. Start it: examples/run images [fashion | mnist] (see `about`).
#include "console/commands.hpp"
#include "images/options.hpp"
#include "images/page.hpp"
#include "support/wanted_file.hpp"
#include "task/training.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/attention_pooling.hpp>
#include <unroll/models/sequences/bidirectional.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/cross_entropy.hpp>
#include <unroll/ops/softmax.hpp>

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace images {
namespace {

using namespace unroll;

struct Classifier {
  bool by_pixels;  // hundreds of steps: one direction, with checkpoints, which go forward in time
  Bidirectional<LstmCell<>> both;
  LstmCell<> forward;  // instead, by pixels
  AttentionPooling<> pooling;
  Linear<> output;

  Classifier(const Settings& settings, const Random& random) : by_pixels(settings.reading.by == By::pixels) {
    const LstmOptions cell{.inputs = settings.reading.inputs(), .hidden = settings.hidden, .forget_bias = 1};
    if (by_pixels)
      forward = LstmCell<>(cell, random.split(0));
    else
      both = Bidirectional<LstmCell<>>(cell, random.split(0));
    const std::size_t width = (by_pixels ? 1 : 2) * settings.hidden;
    pooling = AttentionPooling<>({.inputs = width, .hidden = settings.hidden}, random.split(1));
    output = Linear<>({.inputs = width, .outputs = settings.names().size()}, random.split(2));
  }

  /// Sequences [T, N, D], of which the first steps exist -> what is read at each step, [T, N, H] or [T, N, 2 H].
  Variable<> read(Variable<> inputs, Lengths lengths) const {
    if (!by_pixels) return run(both, inputs, {.lengths = lengths}).outputs;
    if (!lengths.empty()) return run(forward, inputs, {.lengths = lengths}).outputs;
    return run(forward, inputs, {.checkpoints = Checkpoints()}).outputs;  // while it learns
  }
  /// The same -> logits [N, classes].
  Variable<> operator()(Variable<> inputs, Lengths lengths = {}) const {
    return output(pooling({read(inputs, lengths), lengths}));
  }
  static void members(auto& self, auto&& visit) {
    if (self.by_pixels)
      visit("forward", self.forward);
    else
      visit("both", self.both);
    visit("pooling", self.pooling), visit("output", self.output);
  }
};

auto loss_of(const Classifier& model) {
  return [&model](Tape<>& tape, const ImageBatch& batch) {
    return cross_entropy(model(tape.constant(batch.inputs)), TensorView<const int>(batch.labels));
  };
}

/// The probabilities of all classes for each image of a set.
Verdicts judge(const Classifier& model, const support::LabeledImages& images, const Settings& settings) {
  Verdicts verdicts{{}, settings.names().size()};
  Tape<> tape(Recording::values);
  ImageBatch batch;
  const ImageGather gather{.images = &images, .reading = settings.reading};
  std::vector<std::size_t> some;
  for (std::size_t first = 0; first < images.count(); first += some.size(), tape.clear()) {
    some.resize(std::min<std::size_t>(images.count() - first, 250));
    std::iota(some.begin(), some.end(), first);
    gather(some, batch, Random(0));
    const auto likely = softmax(model(tape.constant(batch.inputs))).value();
    verdicts.probabilities.insert(verdicts.probabilities.end(), likely.begin(), likely.end());
  }
  return verdicts;
}

/// The probabilities after each step of an image, or of 98 of them: so many copies, of which ever more steps exist.
std::vector<float> while_reading(const Classifier& model, std::span<const std::uint8_t> image, const Reading& reading) {
  const std::size_t steps = reading.steps(), copies = std::min<std::size_t>(steps, 98);
  Tensor<float> inputs({steps, copies, reading.inputs()});
  std::vector<std::size_t> lengths;
  for (std::size_t n = 0; n < copies; ++n) {
    put_image(image, reading, inputs, n);
    lengths.push_back((n + 1) * steps / copies);
  }
  Tape<> tape(Recording::values);
  const auto likely = softmax(model(tape.constant(inputs), lengths)).value();
  return {likely.begin(), likely.end()};
}

/// Says how good the model is on the test images, and makes the page. The baseline knows all training images.
task::Scores score(const Classifier& model, const Options& options, const Settings& settings,
                   const support::LabeledImages& training) {
  const auto names = settings.names();
  const auto test = support::read_idx_images(options.data, "t10k", names.size());
  expect_size(test, settings.reading, options.data);
  const Verdicts verdicts = judge(model, test, settings);
  const auto scores = scores_of(verdicts, nearest_mean_classes(training, test, names.size()), test, names);
  const auto read = [&](std::size_t n) { return while_reading(model, test.image(n), settings.reading); };
  if (!options.page.empty())
    support::write_if_wanted(options.page, page_of(verdicts, test, settings.reading, names, scores, read));
  return scores;
}

void tell_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  console::write_message(fmt::format("memory: {} MB at most, data included", usage.ru_maxrss / 1024));
}

int train(const Options& options) {
  expect_model_path(options.training, options.data);
  support::expect_wanted_file(options.page);
  Settings settings = options.settings;
  const auto images = support::read_idx_images(options.data, "train", settings.names().size());
  settings.reading.height = images.height, settings.reading.width = images.width;
  expect_patches(settings.reading);
  expect_validation(options.validation, images);
  const std::size_t learned = images.count() - options.validation;
  auto training = image_batches(images, settings.reading, 0, learned, options.training.batch, options.changes);
  auto validation = image_batches(images, settings.reading, learned, images.count(), 250);
  Classifier model(settings, Random(options.training.seed));
  const auto validate = [&](auto& trainer) { return trainer.measure(validation, loss_of(model)); };
  const task::Description description{.program = about.name,
                                      .items = "images",
                                      .metadata = to_metadata(settings),
                                      .settings = settings_of(images, options.changes)};
  const auto report = task::train(options.training, description, model, training, loss_of(model), validate);
  if (model.by_pixels) tell_memory();
  const auto scores = [&] { return score(model, options, settings, images); };
  return task::conclude(options.training, report, scores, options.expect);
}

std::pair<Settings, Classifier> load(const Options& options) {
  const SafetensorsFile file = task::read_model(options.training.model, about.name);
  std::pair<Settings, Classifier> loaded{settings_in(file.metadata), {settings_in(file.metadata), Random(0)}};
  load_module(file, loaded.second);
  return loaded;
}

int evaluate(const Options& options) {
  support::expect_wanted_file(options.page);
  const auto [settings, model] = load(options);
  const auto images = support::read_idx_images(options.data, "train", settings.names().size());
  const auto scores = score(model, options, settings, images);
  console::write_output(options.training.json ? to_json(scores) : to_text(scores));
  expect_reached(scores, options.expect);
  return 0;
}

int classify(const Options& options) {
  const auto [settings, model] = load(options);
  const auto picture =
      scaled(support::read_gray_picture(options.file), settings.reading.height, settings.reading.width);
  support::LabeledImages one{picture.height, picture.width, picture.pixels, {0}};
  if (options.dark_on_light)
    for (std::uint8_t& pixel : one.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
  const Verdicts verdicts = judge(model, one, settings);
  const std::size_t found = verdicts.found(0);
  console::write_output(fmt::format("{} {:.1f} %\n", settings.names()[found], 100 * verdicts.probabilities[found]));
  return 0;
}

const std::vector<console::Command<Options>> commands{
    {.name = "train",
     .description = "learns from labeled images, and judges the model on test images",
     .flags = train_flags,
     .run = train,
     .complete = expect_data,
     .is_for_every_process = true},
    {.name = "evaluate",
     .description = "judges a model on the test images of a folder",
     .flags = evaluate_flags,
     .run = evaluate,
     .complete = expect_data},
    {.name = "classify",
     .description = "says what a picture shows, and how likely that is",
     .flags = classify_flags,
     .run = classify,
     .complete = expect_file}};

}  // namespace
}  // namespace images

int main(int count, char** words) { return console::run_commands(count, words, images::about, images::commands); }
