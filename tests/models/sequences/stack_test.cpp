#include "support/messages.hpp"
#include "support/sequences.hpp"
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/carried_state.hpp>
#include <unroll/models/sequences/run.hpp>

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {

/// Two directions, then one, then a stack, then back again.
auto mixed_stack() {
  return Stack(Bidirectional<LstmCell<double>>({.inputs = 3, .hidden = 2}, Random(1)),
               GruCell<double>({.inputs = 4, .hidden = 5}, Random(2)),
               Layers<RnnCell<double>>(2, {.inputs = 5, .hidden = 3}, Random(3)),
               Reversed<LstmCell<double>>({.inputs = 3, .hidden = 3}, Random(4)));
}

}  // namespace

TEST_CASE("layers of several kinds are what each gives to the next", "[stack]") {
  const auto stack = mixed_stack();
  const auto& [both, gru, layers, reversed] = stack.layers;
  const auto numbers = normal<double>(Random(5), {4, 2, 3});
  Tape<double> tape, other;
  const auto found = unroll::run(stack, tape.constant(numbers));
  const auto first = unroll::run(both, other.constant(numbers));
  const auto third = unroll::run(layers, unroll::run(gru, first.outputs).outputs);
  CHECK(Tensor<double>(found.outputs.value()) == Tensor<double>(unroll::run(reversed, third.outputs).outputs.value()));
  CHECK(Tensor<double>(std::get<0>(found.state.layers).backward.cell.value())
        == Tensor<double>(first.state.backward.cell.value()));
  CHECK(stack.hidden_size() == 3);
}

TEST_CASE("a batch of a mixed stack equals its sequences alone", "[stack]") {
  auto stack = mixed_stack();
  stack.residual = false;
  expect_batch_equals_sequences(stack, RaggedBatch::draw(2, 5, 6, 3));
}

TEST_CASE("dropout and residual connections are those of layers of one kind", "[stack]") {
  const LstmCell<double> first({.inputs = 3, .hidden = 3}, Random(1)), second({.inputs = 3, .hidden = 3}, Random(2));
  Layers<LstmCell<double>> layers({first, second}, 0.4);
  Stack stack(first, second);
  stack.dropout = layers.dropout;
  layers.residual = stack.residual = true;
  const auto outputs = [](const auto& model) {
    Tape<double> tape;
    const auto x = tape.constant(normal<double>(Random(5), {4, 2, 3}));
    return Tensor<double>(
        unroll::run(model, x, {.state = initial_state(model, tape, 2), .noise = Random(6)}).outputs.value());
  };
  CHECK(outputs(stack) == outputs(layers));
}

TEST_CASE("the parameters of a mixed stack are named by place, and a state is carried on", "[stack]") {
  auto stack = mixed_stack();
  const auto parameters = parameters_of<double>(stack);
  CHECK(parameters[0].name == "0.forward.input_weight");
  CHECK(parameters[8].name == "1.input_weight");
  CHECK(parameters[12].name == "2.0.input_weight");
  CHECK(parameters[20].name == "3.input_weight");
  CarriedState<double> memory;
  Tape<double> tape;
  memory.keep(unroll::run(stack, tape.zeros({4, 2, 3})).state);
  CHECK(memory.values().size() == 4 + 1 + 2 + 2);
  static_cast<void>(memory.resume(stack, tape, 2));
}

TEST_CASE("a mixed stack, ragged, with dropout: gradients agree with central differences", "[stack][gradient]") {
  auto stack = mixed_stack();
  stack.dropout = Dropout{0.2};
  const std::vector<std::size_t> lengths{1, 3, 0};
  const auto report = check_gradients(
      [&](Tape<double>& tape, auto in) {
        return unroll::run(stack, in[0],
                           {.state = initial_state(stack, tape, 3), .noise = Random(9), .lengths = lengths})
            .outputs;
      },
      {normal<double>(Random(2), {3, 3, 3})}, parameters_of<double>(stack), {.directions = 8});
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("a residual connection in a mixed stack is refused like one in layers of a kind", "[stack][error]") {
  auto stack = mixed_stack();
  stack.residual = true;
  Tape<double> tape;
  CHECK_THAT(message_of<ShapeError>([&] {
               unroll::run(stack, tape.zeros({4, 2, 3}));
             }),
             Contains("layer 1 has a residual connection, but 4 inputs and 5 outputs"));
}
