#include "support/checkpoints.hpp"
#include "support/modifiers.hpp"
#include <unroll/framework/files/module_file.hpp>
#include <unroll/models/sequences/run.hpp>

using namespace unroll;
using namespace unroll_test;

namespace {
// D = H = 3, as Residual wants it and the inputs of support/checkpoints.hpp are.
using Deep = Zoneout<Residual<VariationalDropout<LstmCell<double>>>>;
const LstmOptions options{.inputs = 3, .hidden = 3};
}  // namespace

TEMPLATE_TEST_CASE("checkpoints replay what modifiers drop and keep", "[modifiers][checkpoints]", Deep,
                   VariationalDropout<GruCell<double>>) {
  Layers<TestType> layers(2, {.inputs = 3, .hidden = 3}, Random(1), 0.3);
  for (const auto& checkpoints : schedules) {
    const auto plain = run(
        layers, {}, [&](auto x, auto state) { return unroll::run(layers, x, {.state = state, .noise = Random(7)}); });
    const auto replayed = run(layers, {}, [&](auto x, auto state) {
      return unroll::run(layers, x, {.state = state, .noise = Random(7), .checkpoints = checkpoints});
    });
    check_near(replayed, plain);
  }
}

TEST_CASE("checkpoints over tokens see what is done around a sequence", "[modifiers][checkpoints]") {
  Deep cell(options, Random(1));
  Embedding<double> embedding({.tokens = 4, .width = 3}, Random(2));
  Tensor<int> tokens({23, 2});
  for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<int>(Random(3).bits(i) % 4);
  for (const Noise& noise : {Noise(), Noise(Random(7))}) {
    const auto found = [&](const std::optional<Checkpoints>& checkpoints = {}) {
      Tape<double> tape;
      const auto unrolled = unroll::run(cell, embedding(tape, tokens), {.noise = noise, .checkpoints = checkpoints});
      tape.backward(sum(square(unrolled.outputs)));
      return Seen{{Tensor<double>(unrolled.outputs.value()),
                   Tensor<double>(TensorView<const double>(tape.gradient_of(embedding.weight), {4, 3}))}};
    };
    check_near(found(Checkpoints{.steps = 5}), found());
  }
}

TEST_CASE("what modifies nothing is the bare cell bit for bit, in training too", "[modifiers]") {
  const LstmCell<double> bare(options, Random(1));
  const auto expected = run_cell(bare, 6, 3);
  CHECK(run_cell(Zoneout(bare, {.hidden = 0, .cell = 0}), 6, 3, Random(7)) == expected);
  CHECK(run_cell(Zoneout(bare, {.hidden = 0, .cell = 0}), 6, 3) == expected);
  CHECK(run_cell(VariationalDropout(bare, {.inputs = 0, .hidden = 0}), 6, 3, Random(7)) == expected);
  CHECK(run_cell(VariationalDropout(bare, {.inputs = 0.5, .hidden = 0.5}), 6, 3) == expected);
  CHECK(run_cell(StateClipped(bare), 6, 3) == expected);
}

TEST_CASE("one modifier's random numbers are not another's", "[modifiers]") {
  const LstmCell<double> bare(options, Random(1));
  const auto with = [&](double zoned, double dropped) {
    return run_cell(Zoneout(VariationalDropout(bare, {.inputs = 0, .hidden = dropped}), {.hidden = zoned, .cell = 0}),
                    1, 3, Random(7))[1];
  };
  const auto neither = with(0, 0), kept = with(0.5, 0);
  CHECK(kept != neither);
  // Taken from the same bits, what is dropped would be what is kept, and the drop would never be seen.
  CHECK(with(0.5, 0.5) != kept);
}

TEST_CASE("a tape that keeps values only gives the outputs of one that keeps all", "[modifiers]") {
  const Deep cell(options, Random(1));
  const auto outputs = [&](Recording recording) {
    Tape<double> tape(recording);
    const auto y = unroll::run(cell, tape.constant(normal<double>(Random(2), {9, 2, 3}))).outputs.value();
    return std::vector<double>(y.begin(), y.end());
  };
  CHECK(outputs(Recording::values) == outputs(Recording::gradients));
}

TEST_CASE("a piece of a sequence is dropped as the whole is", "[modifiers]") {
  const Deep cell(options, Random(1));
  Tape<double> tape;
  const auto inputs = tape.constant(normal<double>(Random(2), {8, 2, 3}));
  const auto whole = unroll::run(cell, inputs, {.state = initial_state(cell, tape, 2), .noise = Random(7)});
  const auto first =
      unroll::run(cell, slice(inputs, 0, 0, 5), {.state = initial_state(cell, tape, 2), .noise = Random(7)});
  const auto rest =
      unroll::run(cell, slice(inputs, 0, 5, 3), {.state = first.state, .noise = Random(7), .first_step = 5});
  for (std::size_t i = 0; i < 6; ++i) CHECK(rest.state.cell.value()[i] == Approx(whole.state.cell.value()[i]));
}

TEST_CASE("modified cells have the bare cell's names, so that its files fit", "[modifiers]") {
  Deep deep(options, Random(1));
  Layers<Deep> layers(2, options, Random(2));
  CHECK(names_of(deep) == bare_names);
  CHECK(names_of(layers)[4] == "1.input_weight");

  LstmCell<double> bare(options, Random(3));
  load_module(to_safetensors(bare), deep);
  CHECK(deep.inner.inner.inner.weights.hidden_weight.value() == bare.weights.hidden_weight.value());

  LayerNormalized<LstmCell<double>> normalised_cell(options, Random(1));
  Projected<LstmCell<double>> projected({.inputs = 3, .hidden = 4, .recurrent = 2}, Random(1));
  auto names = bare_names;
  names.insert(names.end(),
               {"projected_norm.weight", "projected_norm.bias", "recurrent_norm.weight", "recurrent_norm.bias"});
  CHECK(names_of(normalised_cell) == names);
  CHECK(names_of(projected).back() == "projection_weight");
}
