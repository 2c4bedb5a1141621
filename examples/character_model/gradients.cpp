#include "character_model/commands.hpp"
#include "character_model/memory.hpp"
#include "character_model/model.hpp"
#include "console/output.hpp"
#include "support/wanted_file.hpp"
#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/memory/available_memory.hpp>
#include <unroll/framework/optimizers/gradient_clipping.hpp>
#include <unroll/models/analysis/flow_page.hpp>
#include <unroll/models/sequences/carried_state.hpp>
#include <unroll/models/trainer/stream_windows.hpp>
#include <unroll/ops/cross_entropy.hpp>
#include <unroll/ops/product.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace character_model {

using console::write_output;
using support::write_if_wanted;
using unroll::counted;

namespace {

/// Enough windows to see a fraction of a few percent.
constexpr std::size_t most_windows = 32;

/// How many of the first windows have a gradient that training would have clipped. The model is a copy: backward adds
/// gradients to its parameters.
template <class Model>
unroll::Clipping count_clipped(Model model, const unroll::StreamWindows& streams, double limit) {
  const auto parameters = unroll::parameters_of<float>(model);
  unroll::Clipping clipping{.limit = limit};
  unroll::Tape<float> tape;
  unroll::CarriedState<float> state;
  unroll::StreamBatch batch;
  for (std::size_t index = 0; index < std::min(streams.batches(), most_windows); ++index) {
    tape.clear();
    streams.read(index, {}, batch);
    const unroll::StreamWindow& window = batch.windows[0];
    const auto [logits, after] = model(tape, window.tokens, state.resume(model.recurrent, tape, streams.streams()));
    const auto loss = unroll::cross_entropy(logits, window.targets);
    state.keep(after);
    parameters.zero_gradients();
    tape.backward(loss, parameters);
    clipping.count(unroll::gradient_norm(parameters));
  }
  return clipping;
}

/// The gradient flow of the first window, which begins without a past.
template <class Model>
unroll::GradientFlow flow_of(const Model& model, const unroll::StreamWindows& streams, double clip) {
  unroll::StreamBatch batch;
  streams.read(0, {}, batch);
  const unroll::StreamWindow& window = batch.windows[0];
  unroll::Tape<float> tape(unroll::Recording::values);
  const unroll::Tensor<float> embedded(model.embedding(tape, window.tokens).value());
  auto flow = unroll::gradient_flow(
      model.recurrent, embedded,
      [&](unroll::Variable<float> outputs) { return unroll::cross_entropy(model.output(outputs), window.targets); },
      {.sequences = 2, .jacobians = {.ends = 6, .distances = 24}});
  flow.clipping = count_clipped(model, streams, clip);
  return flow;
}

unroll::StreamWindows streams_of(const unroll::Tokens& tokens, const InspectOptions& options) {
  if (tokens.size() < 3)
    throw unroll::ArgumentError(fmt::format("{} has {}, expected at least 3 to see a gradient flow",
                                            unroll::quoted(options.text), counted(tokens.size(), "character")));
  const std::size_t count = std::clamp<std::size_t>((tokens.size() - 1) / options.steps, 1, options.batch);
  return {tokens, count, {.k1 = options.steps, .k2 = options.steps}};
}

}  // namespace

/// Throws unroll::ArgumentError for a text that is too short.
void run_gradient_flow(const InspectOptions& options) {
  const LoadedModel loaded = load_model(options.model);
  const auto& [settings, vocabulary, start] = loaded.description;
  TextFile text = open_text(options.text, vocabulary.unit());
  const unroll::Tokens tokens = encode(vocabulary, text, options.unknown, unroll::quoted(options.text));
  const unroll::StreamWindows streams = streams_of(tokens, options);
  const std::size_t steps = std::min<std::size_t>(options.steps, streams.length());
  expect_memory(training_memory(settings, vocabulary.size(), streams.streams(), {steps, steps}, steps, 1),
                unroll::available_memory());
  for (const std::string& path : {options.html, options.csv}) support::expect_wanted_file(path);

  unroll::set_product_threads(1);
  const unroll::flow::NamedFlow named{
      .name = std::string(name_of(settings.cell)),
      .flow = std::visit([&](const auto& model) { return flow_of(model, streams, options.clip); }, loaded.model)};
  const std::span flows(&named, 1);
  write_if_wanted(options.csv, to_csv(flows));
  write_if_wanted(options.html,
                  unroll::flow::to_html(
                      {.title = fmt::format("How gradients flow through {}", unroll::quoted(options.model)),
                       .remarks = {fmt::format(
                           "{} of {} with {} each read {}: {} of {} side by side.", counted(settings.layers, "layer"),
                           name_of(settings.cell), counted(settings.hidden, "unit"), unroll::quoted(options.text),
                           counted(named.flow.batch, "stream"), counted(named.flow.steps, "character"))},
                       .tables = {},
                       .groups = {{.heading = "", .flows = {named}}}}));
  write_output(options.json ? to_json(named) : to_table(flows));
}

}  // namespace character_model
