#include "support/messages.hpp"
#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/sequences/attention_pooling.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

using Sizes = std::vector<std::size_t>;

constexpr std::size_t inputs = 3, queries = 2;
const Sizes ragged{2, 0, 4, 1};
const Tensor<double> encoded = normal<double>(Random(2), {4, 4, inputs}),
                     first = normal<double>(Random(3), {4, queries});

AttentionPooling<double> attention() { return {{.inputs = inputs, .hidden = 5, .query = queries}, Random(1)}; }

/// A decoder's cell, made for one recording, that reads what answers its hidden state.
struct Decoder {
  using State = HiddenState<double>;
  const GruCell<double>& cell;
  AttentionMemory<double> memory;

  std::size_t hidden_size() const { return cell.hidden_size(); }
  State step(Variable<double> x, const State& previous, const StepContext& context) const {
    return run_step(cell, concat({x, memory(previous.hidden, context)}, -1), previous);
  }
  static void members(auto&, auto&&) {}
};

/// The same that projects the memory again at each step.
struct Projecting {
  using State = HiddenState<double>;
  const GruCell<double>& cell;
  const AttentionPooling<double>& pooling;
  Sequence<double> memory;

  std::size_t hidden_size() const { return cell.hidden_size(); }
  State step(Variable<double> x, const State& previous) const {
    return run_step(cell, concat({x, pooling(memory, previous.hidden)}, -1), previous);
  }
  static void members(auto&, auto&&) {}
};

const GruCell<double> gru({.inputs = 1 + inputs, .hidden = queries}, Random(4));
const Tensor<double> targets = normal<double>(Random(5), {3, 4, 1});

/// A loss of both, and the gradients of a pooling's parameters and of what is attended to.
struct Outcome {
  std::vector<double> outputs;
  std::vector<double> gradients;
};
Outcome outcome_of(const auto& outputs_of, std::size_t steps) {
  auto pooling = attention();
  Tape<double> tape;
  const auto x = tape.input(encoded);
  const auto outputs = outputs_of(tape, pooling, Sequence{x, Lengths(ragged)}, steps);
  Outcome outcome{numbers_of(outputs), {}};
  tape.backward(sum(square(outputs)));
  outcome.gradients = {x.gradient().begin(), x.gradient().end()};
  for (const auto& [name, parameter] : parameters_of<double>(pooling)) {
    const double* const gradient = tape.gradient_of(*parameter);
    outcome.gradients.insert(outcome.gradients.end(), gradient, gradient + parameter->value().size());
  }
  return outcome;
}
Outcome projected_once(std::size_t steps) {
  return outcome_of(
      [](auto& tape, auto& pooling, auto x, std::size_t count) {
        const Decoder decoder{gru, pooling.over(x)};
        return run(decoder, slice(tape.constant(targets), 0, 0, count)).outputs;
      },
      steps);
}
Outcome projected_again(std::size_t steps) {
  return outcome_of(
      [](auto& tape, auto& pooling, auto x, std::size_t count) {
        const Projecting decoder{gru, pooling, x};
        return run(decoder, slice(tape.constant(targets), 0, 0, count)).outputs;
      },
      steps);
}

}  // namespace

TEST_CASE("a memory answers a query as the pooling does, to the bit, gradients too", "[attention]") {
  const auto once = projected_once(1), again = projected_again(1);
  CHECK(once.outputs == again.outputs);
  CHECK(once.gradients == again.gradients);
}

TEST_CASE("a memory answers many queries as the pooling does", "[attention]") {
  const auto once = projected_once(3), again = projected_again(3);
  REQUIRE(once.outputs.size() == again.outputs.size());
  for (std::size_t i = 0; i < once.outputs.size(); ++i) CHECK(near(once.outputs[i], again.outputs[i], 64));
  for (std::size_t i = 0; i < once.gradients.size(); ++i) CHECK(near(once.gradients[i], again.gradients[i], 1e4));
}

TEST_CASE("what a memory answers depends on no other query before it", "[attention]") {
  const auto pooling = attention();
  Tape<double> tape, other;
  const auto memory = pooling.over({tape.constant(encoded), ragged}),
             fresh = pooling.over({other.constant(encoded), ragged});
  memory(tape.constant(normal<double>(Random(9), {4, queries})));
  CHECK(numbers_of(memory(tape.constant(first))) == numbers_of(memory(tape.constant(first))));
  const auto weights = numbers_of(memory.weights(tape.constant(first)));
  const auto expected = numbers_of(fresh.weights(other.constant(first)));
  for (std::size_t i = 0; i < weights.size(); ++i) CHECK(near(weights[i], expected[i], 64));
  for (std::size_t t = 0; t < 4; ++t) CHECK(weights[4 * t + 1] == 0);  // the sequence of no steps
}

TEST_CASE("a memory keeps the lengths, and needs no query where the pooling needs none", "[attention]") {
  const AttentionPooling<double> plain({.inputs = inputs, .hidden = 5}, Random(1));
  Tape<double> tape, other;
  Sizes lengths = ragged;
  const auto memory = plain.over({tape.constant(encoded), lengths});
  lengths.assign(4, 4);
  CHECK(numbers_of(memory({})) == numbers_of(plain({other.constant(encoded), ragged})));
}

TEST_CASE("a decoder over sequences with lengths asks the memory for the sequences of its step", "[attention]") {
  const Sizes lengths{1, 3, 2, 0};
  const auto pooling = attention();
  Tape<double> tape(GENERATE(Recording::gradients, Recording::values));
  const Decoder decoder{gru, pooling.over({tape.constant(encoded), ragged})};
  const HiddenState<double> state{tape.constant(first)};
  const auto together = numbers_of(run(decoder, tape.constant(targets), {.state = state, .lengths = lengths}).outputs);
  const auto padded = numbers_of(run(decoder, tape.constant(targets), {.state = state}).outputs);
  for (std::size_t t = 0; t < 3; ++t)
    for (std::size_t i = 0; i < 4 * queries; ++i)
      CHECK(near(together[4 * queries * t + i], t < lengths[i / queries] ? padded[4 * queries * t + i] : 0, 64));
}

TEST_CASE("the gradients of a decoder that asks a memory are right, with lengths and without",
          "[attention][gradient]") {
  auto pooling = attention();
  const Sizes some{1, 3, 2, 0};
  for (const Lengths lengths : {Lengths(), Lengths(some)}) {
    const auto report = check_gradients(
        [&](auto&, auto in) {
          const Decoder decoder{gru, pooling.over({in[0], ragged})};
          const HiddenState<double> state{in[1]};
          return run(decoder, in[2], {.state = state, .lengths = lengths}).outputs;
        },
        {encoded, first, targets}, parameters_of<double>(pooling));
    INFO(report);
    CHECK(report.passed());
  }
}

TEST_CASE("a memory refuses what the pooling refuses", "[attention][error]") {
  const auto pooling = attention();
  Tape<double> tape;
  const auto memory = pooling.over({tape.constant(encoded), ragged});
  CHECK_THAT(message_of<ArgumentError>([&] { memory({}); }), Contains("no query given, expected one [N, Q]"));
  CHECK_THAT(message_of<ShapeError>([&] {
               memory(tape.zeros({3, queries}));
             }),
             Contains("one query for each sequence"));
  CHECK_THAT(message_of<ShapeError>([&] { pooling.over({tape.zeros({4, 3}), ragged}); }), Contains("[T, N, H]"));
  CHECK_THAT(message_of<ShapeError>([&] {
               pooling.over({tape.zeros({4, 3, inputs}), ragged});
             }),
             Contains("4 lengths"));
  const std::vector<int> sequences{1, 0};
  CHECK_THAT(message_of<ShapeError>([&] {
               memory(tape.zeros({2, queries}), StepContext{{}, 0, sequences, 5});
             }),
             Contains("a step of N=5 sequences given to a memory [T=4, N=4, H=3], expected one of theirs"));
}
