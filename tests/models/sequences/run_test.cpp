#include "support/catch.hpp"
#include "support/models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models.hpp>

namespace {
/// Before any using: run is found by its arguments.
unroll::Variable<double> outputs_of(const unroll::GruCell<double>& cell, unroll::Variable<double> inputs) {
  return run(cell, inputs, {.first_step = 2}).outputs;
}
}  // namespace

using namespace unroll;
using Catch::Matchers::Contains;

namespace {

/// Sums what it has seen: the simplest cell there is, with nothing but State and step.
struct Accumulator {
  struct State {
    Variable<double> hidden;
  };
  std::size_t width;
  std::size_t hidden_size() const { return width; }
  State step(Variable<double> input, const State& previous) const { return {previous.hidden + input}; }
  static void members(auto&, auto&&) {}
};

/// h' = h / 10^20 + x
struct Fader {
  using State = HiddenState<>;
  std::size_t hidden_size() const { return 1; }
  State step(Variable<> input, const State& previous) const { return {previous.hidden * 1e-20f + input}; }
  static void members(auto&, auto&&) {}
};

/// Its hidden state is the time, and 100 more when there is noise.
struct Clock {
  using State = HiddenState<double>;
  std::size_t hidden_size() const { return 1; }
  State step(Variable<double> input, const State&, const StepContext& context) const {
    return {input * 0.0 + (static_cast<double>(context.step) + (context.noise ? 100 : 0))};
  }
  static void members(auto&, auto&&) {}
};

/// An RnnCell that shows what passes through it.
struct ProjectingCell {
  using State = RnnCell<double>::State;
  const RnnCell<double>& cell;
  Variable<double>&projected, &row;
  std::size_t hidden_size() const { return cell.hidden_size(); }
  Variable<double> project(Variable<double> inputs) const { return projected = cell.project(inputs); }
  State step(Variable<double> input, const State& previous) const { return cell.step(row = input, previous); }
  static void members(auto&, auto&&) {}
};

/// h' = h + x, where the inputs are taken as already projected.
struct IdentityProjection {
  using State = HiddenState<double>;
  std::size_t hidden_size() const { return 3; }
  Variable<double> project(Variable<double> inputs) const { return inputs; }
  State step(Variable<double> input, const State& previous) const { return {previous.hidden + input}; }
  static void members(auto&, auto&&) {}
};

}  // namespace

TEST_CASE("run is written without a namespace, whether one is used or not", "[run]") {
  const GruCell<double> cell({.inputs = 3, .hidden = 4}, Random(1));
  Tape<double> tape;
  const auto inputs = tape.constant(normal<double>(Random(2), {5, 2, 3}));
  const auto outputs = run(cell, inputs, {.first_step = 2}).outputs;
  CHECK(Tensor<double>(outputs_of(cell, inputs).value()) == Tensor<double>(outputs.value()));
}

TEST_CASE("each option of run can be left out: noise needs no state", "[run]") {
  Tape<double> tape;
  const auto inputs = tape.constant(Tensor<double>({3, 2, 1}));
  const auto time = [&](const RunOptions<Clock::State>& options) { return run(Clock(), inputs, options).outputs; };
  CHECK(time({}).value()[4] == 2);
  CHECK(time({.noise = Random(1)}).value()[4] == 102);
  CHECK(time({.first_step = 7}).value()[4] == 9);
  CHECK(time({.noise = Random(1), .checkpoints = Checkpoints{.steps = 1}}).value()[4] == 102);
}

TEST_CASE("a cell with nothing but State and step is unrolled from zero", "[unroll]") {
  Tape<double> tape;
  const auto unrolled = unroll::run(Accumulator{1}, tape.constant(Tensor<double>({3, 1, 1}, {1, 10, 100})));
  CHECK(Tensor<double>(unrolled.outputs.value()) == Tensor<double>({3, 1, 1}, {1, 11, 111}));
  CHECK(unrolled.state.hidden.item() == 111);
}

TEMPLATE_TEST_CASE("unrolling T steps equals two halves joined by carried memory", "[unroll]", RnnCell<double>,
                   LstmCell<double>, GruCell<double>) {
  const Layers<TestType> layers(2, {.inputs = 3, .hidden = 4}, Random(1));
  const auto x = normal<double>(Random(2), {6, 2, 3});
  Tape<double> tape;
  const auto whole = unroll::run(layers, tape.constant(x));
  Tensor<double> outputs(whole.outputs.value());

  CarriedState<double> memory;
  for (std::size_t half = 0; half < 2; ++half) {
    tape.clear();
    const auto state = memory.resume(layers, tape, 2);
    const auto part =
        unroll::run(layers, tape.constant(TensorView<const double>(x.data() + half * 18, {3, 2, 3})), {.state = state});
    memory.keep(part.state);
    for (std::size_t i = 0; i < 24; ++i)
      CHECK(part.outputs.value()[i] == Approx(outputs[half * 24 + i]).epsilon(1e-13));
  }
}

TEST_CASE("a sequence of twenty thousand steps is unrolled and swept", "[unroll]") {
  RnnCell<> cell({.inputs = 1, .hidden = 2}, Random(1));
  const auto parameters = parameters_of(cell);
  Tape tape;
  const auto unrolled = unroll::run(cell, tape.constant(Tensor<>({20000, 1, 1}, 0.1f)));
  tape.backward({{unrolled.state.hidden, Tensor<>({1, 2}, 1.0f)}});
  add_gradients(tape, parameters);
  CHECK(parameters[0].parameter->has_gradient());
}

TEST_CASE("a state that fades away becomes zero, not denormal, and the thread's mode is as it was",
          "[unroll][denormals]") {
  STATIC_REQUIRE(RecurrentCell<Fader>);
  Tape tape;
  const auto unrolled = unroll::run(Fader{}, tape.constant(Tensor<>({3, 1, 1}, {1, 0, 0})));
  CHECK(unrolled.outputs.value()[1] == 1e-20f);
  CHECK(unrolled.outputs.value()[2] == 0);
  volatile float tiny = 1e-20f;
  CHECK(tiny * 1e-20f > 0);
}

TEST_CASE("a cell is told the time and the noise of its sequence, wherever it begins", "[unroll]") {
  const Recording recording = GENERATE(Recording::gradients, Recording::values);
  Tape<double> tape(recording);
  const auto x = tape.constant(Tensor<double>({3, 1, 1}));
  const auto zero = [&] { return initial_state(Clock{}, tape, 1); };
  CHECK(Tensor<double>(unroll::run(Clock{}, x, {.state = zero()}).outputs.value())
        == Tensor<double>({3, 1, 1}, {0, 1, 2}));
  const auto later = unroll::run(Clock{}, x, {.state = zero(), .noise = Random(5), .first_step = 10}).outputs;
  CHECK(Tensor<double>(later.value()) == Tensor<double>({3, 1, 1}, {110, 111, 112}));
  if (recording == Recording::values) return;
  const auto cut =
      unroll::run(Clock{}, x, {.state = zero(), .noise = Random(5), .checkpoints = Checkpoints{.states = 1}}).outputs;
  CHECK(Tensor<double>(cut.value()) == Tensor<double>({3, 1, 1}, {100, 101, 102}));
  const Layers<Clock> layers(std::vector<Clock>(2));
  const auto state = initial_state(layers, tape, 1);
  CHECK(Tensor<double>(unroll::run(layers, x, {.state = state, .noise = Random(5), .first_step = 10}).outputs.value())
        == Tensor<double>({3, 1, 1}, {110, 111, 112}));
}

TEST_CASE("what a cell projects gives its memory to its gradient, unless a step reads it on the way back", "[unroll]") {
  const RnnCell<double> cell({.inputs = 3, .hidden = 4}, Random(1));
  Variable<double> seen_projected, seen_row;
  const ProjectingCell spy{cell, seen_projected, seen_row};
  Tape<double> tape;
  const auto x = tape.input(normal<double>(Random(2), {5, 2, 3}));
  const auto outputs = unroll::run(spy, x).outputs;
  const Tensor<double> before(outputs.value());
  tape.backward(sum(square(outputs)));
  CHECK(Tensor<double>(outputs.value()) == before);
  CHECK(Tensor<double>(x.value()) == normal<double>(Random(2), {5, 2, 3}));
  CHECK_THROWS_AS(seen_projected.value(), TapeError);
  CHECK_THROWS_WITH(seen_row.value(), Contains("has not kept that of"));
}

TEST_CASE("inputs that a cell hands on as they are stay to be read", "[unroll]") {
  const IdentityProjection cell{};
  Tape<double> tape;
  const Linear<double> before({.inputs = 3, .outputs = 3}, Random(1));
  const auto x = before(tape.constant(normal<double>(Random(2), {4, 2, 3})));
  const Tensor<double> values(x.value());
  tape.backward(sum(unroll::run(cell, x).outputs));
  CHECK(Tensor<double>(x.value()) == values);
}

TEST_CASE("unroll names what is wrong with a sequence or a state", "[unroll][error]") {
  const LstmCell<> cell({.inputs = 3, .hidden = 4}, Random(1));
  Tape tape;
  CHECK_THROWS_WITH(unroll::run(cell, tape.zeros({5, 3})), Contains("expected 3 axes: [T, N, D]"));
  CHECK_THROWS_WITH(unroll::run(cell, tape.zeros({0, 2, 3})), Contains("[T=0, N=2, D=3] has no step"));
  CHECK_THROWS_WITH(unroll::run(cell, tape.zeros({5, 2, 4})), Contains("linear: the input has shape [T=5, N=2, D=4]"));
  CHECK_THROWS_WITH(unroll::run(cell, tape.zeros({5, 4, 3}), {.state = initial_state(cell, tape, 3)}),
                    Contains("state [N=3, H=4]") && Contains("N = 4 expected") && Contains("another batch"));
  CHECK_THROWS_AS(unroll::run(cell, tape.zeros({5, 2, 3}), {.state = LstmCell<>::State{}}), TapeError);
}
