#include "support/messages.hpp"
#include "support/sequences.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/carried_state.hpp>
#include <unroll/models/sequences/run.hpp>

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {

/// Its hidden state counts the steps taken, and has the step's number and noise beside.
struct Clock {
  using State = HiddenState<double>;
  std::size_t width = 2;
  std::size_t hidden_size() const { return width; }
  State step(Variable<double> input, const State& previous, const StepContext& context) const {
    const double now = static_cast<double>(context.step) + (context.noise ? context.noise->uniform(0) : 0);
    const auto count = slice(previous.hidden, -1, 0, 1) + 1.0;
    return {width == 1 ? count : concat({count, slice(input, -1, 0, 1) * 0.0 + now}, -1)};
  }
  static void members(auto&, auto&&) {}
};

const LstmOptions options{.inputs = 3, .hidden = 4};
const auto numbers = normal<double>(Random(5), {6, 2, 3});

}  // namespace

TEMPLATE_TEST_CASE("a reversed cell is the cell over the reversed sequence", "[bidirectional]", RnnCell<double>,
                   LstmCell<double>, GruCell<double>) {
  const TestType cell({.inputs = 3, .hidden = 4}, Random(1));
  const Recording recording = GENERATE(Recording::gradients, Recording::values);
  Tape<double> tape(recording), other(recording);
  const Reversed<TestType> reversed(cell);
  const auto found = unroll::run(reversed, tape.constant(numbers));
  const auto expected = unroll::run(cell, reverse(other.constant(numbers), 0));
  CHECK(Tensor<double>(found.outputs.value()) == Tensor<double>(reverse(expected.outputs, 0).value()));
  CHECK(Tensor<double>(found.state.hidden.value()) == Tensor<double>(expected.state.hidden.value()));
}

TEST_CASE("two directions stand side by side, forward first, or are summed, and their states are both",
          "[bidirectional]") {
  const LstmCell<double> forward(options, Random(1)), backward(options, Random(2));
  Tape<double> tape, other;
  const auto x = tape.constant(numbers);
  const Bidirectional side_by_side(forward, backward);
  const Bidirectional<LstmCell<double>, Merge::sum> in_sum(forward, backward);
  const Reversed reversed(backward);
  const auto both = unroll::run(side_by_side, x);
  const auto summed = unroll::run(in_sum, x);
  const auto y = other.constant(numbers);
  const auto ahead = unroll::run(forward, y), back = unroll::run(reversed, y);
  CHECK(both.outputs.shape() == Shape{6, 2, 8});
  CHECK(Tensor<double>(both.outputs.value()) == Tensor<double>(concat({ahead.outputs, back.outputs}, -1).value()));
  for (std::size_t i = 0; i < summed.outputs.shape().size(); ++i)
    CHECK(summed.outputs.value()[i] == Approx(ahead.outputs.value()[i] + back.outputs.value()[i]).epsilon(1e-13));
  CHECK(Tensor<double>(both.state.forward.cell.value()) == Tensor<double>(ahead.state.cell.value()));
  CHECK(Tensor<double>(both.state.backward.cell.value()) == Tensor<double>(back.state.cell.value()));
}

TEST_CASE("either way step t is step t, and each direction has noise of its own", "[bidirectional]") {
  Tape<double> tape;
  const auto x = tape.constant(Tensor<double>({3, 1, 1}));
  const Bidirectional<Clock> both;
  const auto run = [&](const Noise& noise, std::size_t first) {
    return Tensor<double>(
        unroll::run(both, x, {.state = initial_state(both, tape, 1), .noise = noise, .first_step = first})
            .outputs.value());
  };
  CHECK(run({}, 0) == Tensor<double>({3, 1, 4}, {1, 0, 3, 0, 2, 1, 2, 1, 3, 2, 1, 2}));
  CHECK(run({}, 7).at({1, 0, 3}) == 8);
  const auto noisy = run(Random(4), 0);
  CHECK(noisy[1] == Random(4).split(0).uniform(0));
  CHECK(noisy[3] == Random(4).split(1).uniform(0));
}

TEST_CASE("a layer above reads both directions, or their sum", "[bidirectional]") {
  using Both = Bidirectional<LstmCell<double>>;
  using Sum = Bidirectional<LstmCell<double>, Merge::sum>;
  const Layers<Both> both(2, options, Random(1));
  const Layers<Sum> sum(2, options, Random(1));
  CHECK(both.cells[1].forward.weights.input_weight.shape() == Shape{16, 8});
  CHECK(sum.cells[1].forward.weights.input_weight.shape() == Shape{16, 4});
  CHECK(both.hidden_size() == 8);
  CHECK(sum.hidden_size() == 4);
  CHECK_FALSE(both.cells[0].forward.weights.input_weight.value()
              == both.cells[0].backward.weights.input_weight.value());
}

TEST_CASE("batches of reversed and summed layers equal their sequences alone", "[bidirectional]") {
  const auto batch = RaggedBatch::draw(3, 6, 8, 3);
  expect_batch_equals_sequences(Layers<Reversed<LstmCell<double>>>(2, options, Random(1)), batch);
  expect_batch_equals_sequences(Layers<Bidirectional<LstmCell<double>, Merge::sum>>(3, options, Random(1)), batch);
}

TEST_CASE("two directions carry their states on, and a state of another model is refused", "[bidirectional]") {
  const Layers<Bidirectional<LstmCell<double>>> layers(2, options, Random(1));
  CarriedState<double> memory;
  Tape<double> tape;
  memory.keep(unroll::run(layers, tape.constant(numbers)).state);
  CHECK(memory.values().size() == 8);
  const auto state = memory.resume(layers, tape, 2);
  CHECK(state.layers[1].backward.cell.value()[0] == memory.values()[7][0]);
  CHECK_THROWS_AS(memory.resume(Layers<LstmCell<double>>(2, options, Random(1)), tape, 2), ShapeError);
}

TEST_CASE("the parts of a reversed cell and of two directions are named", "[bidirectional]") {
  Bidirectional<GruCell<double>> both({.inputs = 3, .hidden = 4}, Random(1));
  Reversed<GruCell<double>> reversed({.inputs = 3, .hidden = 4}, Random(1));
  CHECK(parameters_of<double>(both)[1].name == "forward.hidden_weight");
  CHECK(parameters_of<double>(both)[7].name == "backward.hidden_bias");
  CHECK(parameters_of<double>(reversed)[1].name == "hidden_weight");
}

TEST_CASE("outputs of different widths are not summed", "[bidirectional][error]") {
  const Bidirectional<Clock, Merge::sum> uneven(Clock{2}, Clock{1});
  Tape<double> tape;
  const auto run = [&] { unroll::run(uneven, tape.constant(Tensor<double>({3, 1, 1}))); };
  CHECK_THAT(message_of<ShapeError>(run),
             Contains("Bidirectional: outputs of 2 forward and 1 backward cannot be summed"));
  CHECK_THROWS_AS(uneven.hidden_size(), ShapeError);
}
