#include "support/messages.hpp"
#include "support/modifiers.hpp"

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/sequences/run.hpp>

namespace {

/// Shows what it is given: the hidden state is the input, and `seen` what enters the products.
struct Mirror {
  struct State {
    Variable<double> hidden, seen;
  };
  std::size_t hidden_size() const { return 20; }
  State step(Variable<double> x, const State&, Variable<double> recurrent) const { return {x, recurrent}; }
  State step(Variable<double> x, const State& previous) const { return step(x, previous, previous.hidden); }
  static void members(auto&, auto&&) {}
};

/// The factors of a mask, found where a tensor of ones came through.
std::vector<double> numbers_at(Variable<double> x) {
  const auto view = x.value();
  return {view.begin(), view.end()};
}

}  // namespace

TEST_CASE("variational dropout has one mask for all steps, on inputs and on the recurrent state", "[variational]") {
  const VariationalDropout<Mirror> cell(Mirror{}, {.inputs = 0.25, .hidden = 0.5});
  Tape<double> tape;
  const auto ones = tape.constant(Tensor<double>({6, 3, 20}, 1.0));
  const auto unrolled = unroll::run(cell, ones, {.state = initial_state(cell, tape, 3), .noise = Random(7)});
  const auto input_mask = numbers_at(at_step(unrolled.outputs, 0));
  for (std::size_t t = 1; t < 6; ++t) CHECK(numbers_at(at_step(unrolled.outputs, t)) == input_mask);
  for (const double factor : input_mask) CHECK((factor == 0 || factor == Approx(1 / 0.75)));
  CHECK(std::vector(input_mask.begin(), input_mask.begin() + 20)
        != std::vector(input_mask.begin() + 20, input_mask.begin() + 40));

  const typename Mirror::State full{at_step(ones, 0), at_step(ones, 0)};
  const auto hidden_mask = numbers_at(take_step(cell, full.hidden, full, {Random(7), 0}).seen);
  for (std::size_t t = 1; t < 6; ++t)
    CHECK(numbers_at(take_step(cell, full.hidden, full, {Random(7), t}).seen) == hidden_mask);
  for (const double factor : hidden_mask) CHECK((factor == 0 || factor == 2));
  const auto dropped = [](const std::vector<double>& mask) { return std::count(mask.begin(), mask.end(), 0.0); };
  CHECK(dropped(hidden_mask) > 15);
  CHECK(dropped(hidden_mask) < 45);
  CHECK(numbers_at(take_step(cell, full.hidden, full, {Random(8), 0}).seen) != hidden_mask);
  CHECK(numbers_at(take_step(cell, full.hidden, full, {}).seen) == numbers_at(full.hidden));
}

TEST_CASE("an LSTM with variational dropout is one whose weights see masked numbers", "[variational]") {
  const std::size_t steps = 4, batch = 3, hidden = 5;
  const LstmCell<double> bare({.inputs = 3, .hidden = hidden}, Random(1));
  const VariationalDropout<LstmCell<double>> cell(bare, {.inputs = 0.4, .hidden = 0.3});
  const auto found = run_cell(cell, steps, 3, Random(7));

  // The masks, found by what they do to ones; then the recurrence by the bare cell, masked by hand.
  Tape<double> tape;
  const VariationalDropout<Mirror> mirror(Mirror{}, {.inputs = 0, .hidden = 0.3});
  const auto state = random_state(bare, batch);
  typename LstmCell<double>::State now{tape.constant(state[0]), tape.constant(state[1])};
  const auto hidden_ones = tape.constant(Tensor<double>({batch, hidden}, 1.0));
  const auto hidden_mask = take_step(mirror, hidden_ones, {hidden_ones, hidden_ones}, {Random(7), 0}).seen;
  const VariationalDropout<Mirror> of_inputs(Mirror{}, {.inputs = 0.4, .hidden = 0});
  const auto input_mask = unroll::run(of_inputs, tape.constant(Tensor<double>({steps, batch, 3}, 1.0)),
                                      {.state = {{hidden_ones, hidden_ones}}, .noise = Random(7)})
                              .outputs;
  const auto inputs = tape.constant(normal<double>(Random(100), {steps, batch, 3})) * input_mask;
  const auto projected = bare.project(inputs);
  for (std::size_t t = 0; t < steps; ++t) {
    now = bare.step(at_step(projected, t), {now.hidden * hidden_mask, now.cell});
    for (std::size_t i = 0; i < batch * hidden; ++i)
      CHECK(found[0][t * batch * hidden + i] == Approx(now.hidden.value()[i]).epsilon(1e-13));
  }
}

TEST_CASE("what a GRU carries over is not dropped", "[variational]") {
  const auto reset = GENERATE(GruReset::after_product, GruReset::before_product);
  // The update gate is all but 1, so that h' is h: a dropped h would be 0 or twice as large.
  const GruCell<double> bare({.inputs = 2, .hidden = 8, .reset = reset, .update_bias = 60}, Random(1));
  const VariationalDropout<GruCell<double>> cell(bare, {.inputs = 0.5, .hidden = 0.5});
  const auto found = run_cell(cell, 3, 2, Random(7));
  const auto state = random_state(bare, 3)[0];
  for (std::size_t i = 0; i < state.size(); ++i) CHECK(found[1][i] == Approx(state[i]));
}

TEST_CASE("variational dropout refuses rates of 1 and more", "[variational]") {
  const LstmCell<double> bare({.inputs = 3, .hidden = 2}, Random(1));
  CHECK_THAT(message_of<ArgumentError>([&] { VariationalDropout(bare, {.inputs = 1, .hidden = 0}); }),
             Contains("VariationalDropout: the rate of inputs is 1, expected a number in [0, 1)"));
  // Rates that are set afterwards are met where they are used.
  VariationalDropout dropped(bare);
  dropped.rates = {.inputs = 1, .hidden = 0};
  CHECK_THAT(message_of<ArgumentError>([&] { run_cell(dropped, 2, 3, Random(1)); }),
             Contains("sequence_dropout: rate 1 given"));
  dropped.rates = {.inputs = 0, .hidden = -1};
  CHECK_THAT(message_of<ArgumentError>([&] { run_cell(dropped, 2, 3, Random(1)); }),
             Contains("dropout: rate -1 given"));
}
