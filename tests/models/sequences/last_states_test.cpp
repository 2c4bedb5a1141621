#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/models/sequences/bidirectional.hpp>
#include <unroll/models/sequences/last_states.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/activations.hpp>

#include <vector>

using namespace unroll;
using Catch::Contains;

namespace {

/// A step that forgets all that was before it.
struct Cell {
  using State = HiddenState<double>;
  std::size_t hidden_size() const { return 2; }
  State step(Variable<double> x, const State&) const { return {tanh(x)}; }
  static void members(auto&, auto&&) {}
};

/// The same as a layer, all steps at once.
struct Layer {
  using State = HiddenState<double>;
  Direction direction = Direction::forward;
  std::size_t hidden_size() const { return 2; }
  Unrolled<double, State> run(const SequenceBatch<double>& batch, const State& state, const StepContext&) const {
    const auto hidden = tanh(batch.data);
    return {hidden, {last_states(SequenceBatch{hidden, batch.ragged}, state.hidden, direction)}};
  }
  static void members(auto&, auto&&) {}
};

using Sizes = std::vector<std::size_t>;
const Tensor<double> inputs = normal<double>(Random(1), {4, 5, 2}), first = normal<double>(Random(2), {5, 2});

/// The last states of a layer over the inputs.
Tensor<double> last_of(const auto& layer, const Sizes& lengths) {
  Tape<double> tape;
  const HiddenState<double> state{tape.constant(first)};
  return Tensor<double>(run(layer, tape.constant(inputs), {.state = state, .lengths = lengths}).state.hidden.value());
}

}  // namespace

TEST_CASE("a layer of a user's ends in the states of the cell that it is", "[last_states]") {
  const Sizes lengths = GENERATE(Sizes{}, Sizes{4, 4, 4, 4, 4}, Sizes{2, 4, 0, 4, 1}, Sizes{3, 2, 1, 2, 3},
                                 Sizes{0, 0, 1, 0, 0}, Sizes{0, 0, 0, 0, 0});
  CHECK(last_of(Layer(), lengths) == last_of(Cell(), lengths));
  CHECK(last_of(Layer{Direction::backward}, lengths) == last_of(Reversed(Cell()), lengths));
}

TEST_CASE("gradients go to the last steps, and to the first states of sequences without any", "[last_states]") {
  const Sizes lengths{2, 4, 0, 4, 1};
  for (const Direction direction : {Direction::forward, Direction::backward}) {
    const auto report = check_gradients(
        [&](Tape<double>&, std::span<const Variable<double>> in) {
          const HiddenState<double> state{in[1]};
          return run(Layer{direction}, in[0], {.state = state, .lengths = lengths}).state.hidden;
        },
        {inputs, first});
    INFO(report);
    CHECK(report.passed());
  }
}

TEST_CASE("steps and first states that are not of the batch are refused", "[last_states][error]") {
  Tape<double> tape;
  const Sizes lengths{1, 3};
  const RaggedRows ragged = detail::make_ragged_rows(tape, {3, 2, 1}, lengths);
  const auto zeros = [&](const Shape& shape) { return tape.zeros(shape); };
  const auto refusal = [&](const Shape& steps, const RaggedRows* of, const Shape& before) {
    return message_of<ShapeError>([&] { last_states(SequenceBatch{zeros(steps), of}, zeros(before)); });
  };
  CHECK(refusal({3, 2}, nullptr, {2, 2}) == "last_states: steps [3, 2] given, expected [T, N, H] of at least one step");
  CHECK_THAT(refusal({0, 3, 2}, nullptr, {3, 2}), Contains("of at least one step"));
  CHECK_THAT(refusal({3, 2, 1}, &ragged, {2, 1}), Contains("expected the ragged rows [1, P, H]"));
  CHECK(refusal({1, 5, 1}, &ragged, {2, 1})
        == "last_states: 5 ragged rows given, expected the 4 of the batch (are they of another batch?)");
  CHECK_THAT(refusal({1, 4, 1}, &ragged, {3, 1}),
             Contains("last_states: the state before the first step") && Contains("[2, 1]") && Contains("[3, 1]"));
  CHECK_THAT(refusal({3, 2, 1}, nullptr, {2, 4}), Contains("[2, 1]") && Contains("[2, 4]"));
}
