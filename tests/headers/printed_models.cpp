// The calls that docstrings and messages of ops/ and models/ print, and pages in their prose, word for word: that they
// compile is the test, and printed_calls.cmake finds those of docstrings that are missing.
// clang-format off
#include <unroll/unroll.hpp>

#include <iostream>
#include <ranges>

using namespace unroll;

// ---- ops -----------------------------------------------------------------------------------------------------------

void a_step_of_an_lstm(Variable<> gates, const LstmCell<>::State& previous) {
  const auto [input_gate, forget_gate, candidate, output_gate] = split<4>(gates);
  const auto [hidden, cell] = map("gates", [](auto i, auto f, auto g, auto o, auto c) {
    const auto next = sigmoid(f) * c + sigmoid(i) * tanh(g);
    return std::tuple{sigmoid(o) * tanh(next), next};
  }, input_gate, forget_gate, candidate, output_gate, previous.cell);
  static_cast<void>(hidden), static_cast<void>(cell);
}
Variable<> reciprocal(Variable<> x) {
  const auto y = map_with_slope(
      "reciprocal", [](auto a) { return 1 / a; }, [](auto b) { return 0 - b * b; }, x);
  return y;
}
Variable<> as_docstrings_of_ops(Variable<> x, Variable<> forward, Variable<> backward,
                                std::span<const Variable<>> hidden_states) {
  const auto f = [](auto number) { return number / (1 + abs(number)); };
  return map("softsign", f, x) + sum(x, 0) + sum(x, {0, -1}) + concat({forward, backward}, -1) + stack(hidden_states);
}
Variable<> conditions(Variable<> x) {
  return map([](auto number) { return where((number > 0) & (number < 1), number, -number); }, x)
         + map([](auto number) { return where((number < 0) | (number > 1), number, -number); }, x);
}

std::vector<int> step_by_step(std::size_t steps, const std::function<std::span<const float>(std::size_t)>& logits_of_step) {
  CtcBeam beam({.width = 8});
  for (std::size_t t = 0; t < steps; ++t) beam.read(logits_of_step(t));
  const std::vector<int> symbols = beam.hypotheses().front().symbols;
  return symbols;
}
void confusions(std::span<const int> labels, const Tensor<>& probabilities) {
  const ConfusionMatrix confusion(labels, argmax(probabilities).values(), 10);
  std::printf("accuracy %.3f, macro F1 %.3f\n", confusion.accuracy(), confusion.macro_f1());
}
void rates(const std::vector<std::string>& found, const std::vector<std::string>& expected) {
  ErrorRate words;
  for (std::size_t n = 0; n < found.size(); ++n) words += word_errors(found[n], expected[n]);
  std::printf("WER %.1f %%\n", 100 * words.rate());
}

// ---- layers, cells, modifiers --------------------------------------------------------------------------------------

void layers_of_all_kinds(const Random& random) {
  Sequential network(Linear({.inputs = 4, .outputs = 8}, random.split(0)), [](auto x) { return relu(x); },
                     Linear({.inputs = 8, .outputs = 2}, random.split(1)));
  OutputLayer output({.inputs = 128, .outputs = 10}, random, [](auto x) { return softmax(x); });
  RnnCell cell({.inputs = 10, .hidden = 20}, random);
  RnnCell mine({.inputs = 10, .hidden = 20}, random, [](auto x) { return relu(x) * 0.5; });
  Stack encoder(Bidirectional<LstmCell<>>({.inputs = 64, .hidden = 128}, random.split(0)),
                LstmCell({.inputs = 256, .hidden = 256}, random.split(1)));
}
void standardized(const Tensor<>& training_data, const Tensor<>& held_out_data, const Tensor<>& predictions) {
  Standardization standardize(training_data);
  const Tensor<> inputs = standardize(training_data), held_out = standardize(held_out_data);
  const Tensor<> forecast = standardize.inverse(predictions);
}
void padded(Tape<>& tape, const GruCell<>& cell, const Embedding<>& embedding,
            const std::vector<std::vector<int>>& sentences) {
  const auto batch = pad_sequences(sentences);
  run(cell, embedding(tape, batch.data, batch.lengths), {.lengths = batch.lengths});
}
void padded_batch(const Random& random, std::uint64_t epoch, std::size_t first,
                  const std::vector<std::vector<int>>& sentences) {
  const auto order = random.split(epoch).permutation(sentences.size());
  const auto batch = pad_sequences(sentences, std::span(order).subspan(first, 32));
}
void chosen(const Random& random, const Tensor<>& logits, const Tensor<>& probabilities, Variable<> x,
            Variable<> next) {
  categorical(random, logits), bernoulli(random, probabilities), quantile_loss(x, next, 0.9);
}
void layers_in_both_directions(const Random& random) {
  Layers<Bidirectional<LstmCell<>>> encoder(2, {.inputs = 64, .hidden = 128}, random);
}
void a_projected_cell(const Random& random) {
  Projected<LstmCell<>> cell({.inputs = 40, .hidden = 1024, .recurrent = 256}, random);
}
void zoned_out(const Random& random, Variable<> inputs, std::uint64_t seed, std::uint64_t training_step) {
  Layers<Zoneout<LstmCell<>>> layers(2, {.inputs = 64, .hidden = 256}, random);
  for (auto& cell : layers.cells) cell.rates = {.hidden = 0.05, .cell = 0.5};
  run(layers, inputs, {.noise = Random(seed).split(training_step)});
}
struct Dropped {
  Dropout dropout;
  LstmCell<> encoder;
};
void noise_for_two(const Dropped& model, Variable<> x, const Noise& noise) {
  const auto dropped = model.dropout(x, split(noise, 0));
  const auto [outputs, state] = run(model.encoder, dropped, {.noise = split(noise, 1)});
  static_cast<void>(outputs), static_cast<void>(state);
}
void embedded(Tape<>& tape, const GruCell<>& cell, const Embedding<>& embedding, const Tensor<int>& tokens,
              const std::vector<std::size_t>& lengths) {
  run(cell, embedding(tape, tokens, lengths), {.lengths = lengths});
}

// ---- sequences -----------------------------------------------------------------------------------------------------

void over_sequences(const Layers<LstmCell<>>& layers, const Linear<>& output, Variable<> inputs, const Noise& noise,
                    const Tensor<int>& targets, const std::vector<std::size_t>& lengths) {
  const auto [outputs, state] = run(layers, inputs, {.noise = noise, .lengths = lengths});
  const auto loss = cross_entropy(output(outputs), targets, {.lengths = lengths});
  run(layers, inputs, {.state = state, .lengths = lengths});
  run(layers, inputs, {.state = state, .noise = noise, .first_step = 1});
  static_cast<void>(loss);
}
void with_checkpoints(const LstmCell<>& cell, Variable<> inputs) {
  run(cell, inputs, {.checkpoints = Checkpoints()});
  run(cell, inputs, {.checkpoints = Checkpoints{.schedule = Checkpoints::binomial, .states = 50}});
}
void by_hand(const LstmCell<>& cell, Variable<> x, const LstmCell<>::State& state) {
  static_cast<void>(cell(x, state));
  static_cast<void>(run_step(cell, x, state));
}
void from_window_to_window(const LstmCell<>& cell, Tape<>& tape, const std::vector<Tensor<>>& windows,
                           std::size_t batch, std::size_t row) {
  CarriedState memory;
  for (const Tensor<>& window : windows) {
    tape.clear();
    const auto state = memory.resume(cell, tape, batch);
    const auto unrolled = run(cell, tape.constant(window), {.state = state});
    memory.keep(unrolled.state);
  }
  memory.forget(row);
  memory.assign(memory.values());
  memory.reset();
}
void asked_often(const AttentionPooling<>& attention, const LstmCell<>& decoder, Variable<> encoded,
                 const std::vector<std::size_t>& lengths, LstmCell<>::State state, std::size_t steps) {
  const auto memory = attention.over({encoded, lengths});
  for (std::size_t step = 0; step < steps; ++step) state = decoder(memory(state.hidden), state);
}
template <class Scalar = float>
struct LayerOfYours {
  using State = HiddenState<Scalar>;
  std::size_t hidden_size() const { return 1; }
  Unrolled<Scalar, State> run(const SequenceBatch<Scalar>& batch, const State& state, const StepContext&) const {
    const auto hidden = tanh(batch.data);
    return {hidden, {last_states(SequenceBatch{hidden, batch.ragged}, state.hidden)}};
  }
  static void members(auto&, auto&&) {}
};
void forget_the_past(const Starts& starts, std::size_t t, std::vector<float>& past) {
  for (const int row : starts.at(t)) past[static_cast<std::size_t>(row)] = 0;
}
void run_it(Variable<> inputs) { run(LayerOfYours<>(), inputs); }

struct Attending {
  using State = HiddenState<>;
  Variable<> memory;
  std::uint64_t my_number = 1;
  std::size_t hidden_size() const { return 1; }
  State step(Variable<> input, const State& state, const StepContext& context) const {
    const auto rows = context.rows_of(memory);
    if (context.noise) static_cast<void>(context.noise->split(my_number).split(context.step));
    return {input + state.hidden + rows};
  }
  static void members(auto&, auto&&) {}
};
void attend(const Attending& cell, Variable<> inputs) { run(cell, inputs); }

// ---- training ------------------------------------------------------------------------------------------------------

struct Model {
  GruCell<> cell;
  Linear<> output;
};
void truncate(const Model& model, std::size_t N, std::size_t pieces, const std::vector<Tensor<>>& inputs,
              const std::vector<Tensor<int>>& targets, const Parameters<float>& parameters, Adam<>& optimizer) {
  TruncatedBackpropagation<> truncated({.k1 = 16, .k2 = 64});
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    truncated.record(model.cell, N, inputs[piece].shape()[0], [&](Tape<>& tape, const auto& state) {
      const auto [outputs, next] = run(model.cell, tape.constant(inputs[piece]), {.state = state});
      return std::pair{cross_entropy(model.output(outputs), targets[piece]), next};
    });
    if (piece + 1 == pieces) truncated.end_sequence();
    if (truncated.due()) truncated.backward(parameters), optimizer.update(parameters);
  }
}
struct Shard {
  TruncatedBackpropagation<> truncated;
};
void sum_of_shards(const std::vector<Shard>& shards, const Parameters<float>& parameters, Team& team) {
  add_gradients(swept_tapes(shards | std::views::transform(&Shard::truncated)), parameters, team);
}
void learn_on_line(GruCell<>& cell, const Linear<>& output, const Tensor<>& input, const Tensor<int>& target,
                   const Parameters<float>& parameters, const Parameters<float>& output_parameters,
                   Adam<>& optimizer) {
  Rtrl learner(cell);
  for (;;) {
    const auto loss_of = [&](Variable<> hidden) { return cross_entropy(output(hidden), target); };
    const float loss = learner.step(input, loss_of, output_parameters);
    optimizer.update(parameters);
    if (loss < 0) break;
  }
}

// ---- analysis ------------------------------------------------------------------------------------------------------

struct MyActivation {
  template <class Scalar>
  Variable<Scalar> operator()(Variable<Scalar> x) const {
    return sigmoid(x) * Scalar(2);
  }
};
template <> inline constexpr std::optional<double> unroll::steepest_slope<MyActivation> = 0.5;
static_assert(steepest_slope<MyActivation> == 0.5);

using MyCell = LstmCell<>;
namespace of_mine {
std::array<Gate<float>, 1> gates(const MyCell& cell, Variable<float> projected, const MyCell::State& previous);
}

void see(const Layers<LstmCell<>>& layers, const Linear<>& output, const Tensor<>& inputs,
         const Tensor<int>& targets) {
  const GradientFlow flow = gradient_flow(layers, inputs, [&](auto outputs) {
    return cross_entropy(output(outputs), targets);
  });
  std::cout << verdict(flow) << '\n';
}

// ---- files ---------------------------------------------------------------------------------------------------------

struct Adder {
  LstmCell<> lstm;
  Linear<> output;
};
GruCell<> from_files(const Random& random) {
  const auto cell = module_from<LstmCell<>>("model.safetensors", {.prefix = "cell."});
  const auto file = read_safetensors("model.safetensors");
  const Adder adder{module_from<LstmCell<>>(file, {.prefix = "lstm."}),
                    module_from<Linear<>>(file, {.prefix = "output."})};
  auto options = sizes_in<GruCell<>>(file, "gru.");
  options.reset = GruReset::before_product;
  return GruCell<>(options, random);
}
void with_names_of_pytorch(LstmCell<>& model) {
  save_state_dict("model.safetensors", model);
  load_state_dict("no_biases.safetensors", model, {.zero_missing_biases = true});
}

// ---- records -------------------------------------------------------------------------------------------------------

std::vector<TrainingObserver> observers_of_all_kinds() {
  std::vector<double> losses;
  const TrainingObserver mine{.on_update = [&](const UpdateRecord& record) { losses.push_back(record.loss); }};
  TrainingObserver csv = observer_of<CsvLog>("training.csv");
  TrainingObserver events = observer_of<EventFile>("runs/lstm-256");
  TrainingObserver page = observer_of<TrainingPage>("training.html", "LSTM of 256 on tiny-shakespeare");
  TrainingObserver console = observer_of<ConsoleProgress>();
  return {mine, csv, events, page, console};
}
void a_log_that_may_fail() {
  ConsoleProgress console;
  const auto warn = [&](std::string_view text) { console.say(text); };
  const TrainingObserver log = forgiving(observer_of<CsvLog>("training.csv"), warn);
}
