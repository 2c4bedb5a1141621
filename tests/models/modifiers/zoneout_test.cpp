#include "support/messages.hpp"
#include "support/modifiers.hpp"

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {
const LstmOptions options{.inputs = 3, .hidden = 40};
const LstmCell<double> bare(options, Random(1));
}  // namespace

TEST_CASE("zoneout keeps its fraction of units, each state's own, and gives the others the inner cell's", "[zoneout]") {
  const Zoneout<LstmCell<double>> cell(bare, {.hidden = 0.2, .cell = 0.6});
  Tape<double> tape;
  const std::size_t steps = 30, batch = 3;
  const auto inputs = tape.constant(normal<double>(Random(2), {steps, batch, 3}));
  auto state = initial_state(cell, tape, batch);
  std::size_t kept_hidden = 0, kept_cell = 0;
  const auto projected = detail::project(cell, inputs);
  for (std::size_t t = 0; t < steps; ++t) {
    const auto updated = bare.step(at_step(projected, t), state);
    const auto next = take_step(cell, at_step(projected, t), state, {Random(7), t});
    for (std::size_t i = 0; i < batch * 40; ++i) {
      const bool h = next.hidden.value()[i] == state.hidden.value()[i],
                 c = next.cell.value()[i] == state.cell.value()[i];
      REQUIRE((h || next.hidden.value()[i] == updated.hidden.value()[i]));
      REQUIRE((c || next.cell.value()[i] == updated.cell.value()[i]));
      kept_hidden += h, kept_cell += c;
    }
    state = next;
  }
  const double count = steps * batch * 40;
  CHECK(std::abs(static_cast<double>(kept_hidden) / count - 0.2) < 4 * std::sqrt(0.16 / count));
  CHECK(std::abs(static_cast<double>(kept_cell) / count - 0.6) < 4 * std::sqrt(0.24 / count));
}

TEST_CASE("zoneout keeps other units at every step and in every sequence", "[zoneout]") {
  const Zoneout<RnnCell<double>> cell(RnnCell<double>({.inputs = 1, .hidden = 64}, Random(1)), {.hidden = 0.5});
  Tape<double> tape;
  const auto kept_at = [&](std::size_t step, std::uint64_t seed) {
    const auto next = take_step(cell, tape.zeros({1, 64}), initial_state(cell, tape, 1), {Random(seed), step});
    std::vector<bool> kept;
    for (const double number : next.hidden.value()) kept.push_back(number == 0);
    return kept;
  };
  CHECK(kept_at(0, 1) == kept_at(0, 1));
  CHECK(kept_at(0, 1) != kept_at(1, 1));
  CHECK(kept_at(0, 1) != kept_at(0, 2));
}

TEST_CASE("at evaluation zoneout's state is the average that training has", "[zoneout]") {
  const Zoneout<LstmCell<double>> cell(bare, {.hidden = 0.25, .cell = 0.5});
  Tape<double> tape;
  std::vector<Variable<double>> first;
  for (const auto& numbers : random_state(cell, 2)) first.push_back(tape.constant(numbers));
  const auto state = state_with(cell, tape, 2, first);
  const auto x = at_step(detail::project(cell, tape.constant(normal<double>(Random(2), {1, 2, 3}))), 0);
  const auto updated = bare.step(x, state), mean = take_step(cell, x, state, {});
  std::vector<double> average(80);
  const std::size_t draws = 4000;
  for (std::size_t draw = 0; draw < draws; ++draw) {
    const auto next = take_step(cell, x, state, {Random(draw), 0});
    for (std::size_t i = 0; i < 80; ++i) average[i] += next.cell.value()[i] / static_cast<double>(draws);
  }
  for (std::size_t i = 0; i < 80; ++i) {
    const double h = updated.hidden.value()[i], c = updated.cell.value()[i];
    CHECK(mean.hidden.value()[i] == Approx(0.25 * state.hidden.value()[i] + 0.75 * h).epsilon(1e-14));
    CHECK(mean.cell.value()[i] == Approx(0.5 * state.cell.value()[i] + 0.5 * c).epsilon(1e-14));
    CHECK(std::abs(average[i] - mean.cell.value()[i])
          < 5 * 0.5 * std::abs(state.cell.value()[i] - c) / std::sqrt(draws) + 1e-12);
  }
}

TEST_CASE("zoneout refuses rates that are no fraction, in training and at evaluation", "[zoneout]") {
  const double rate = GENERATE(-0.1, 1.5);
  CHECK_THAT(message_of<ArgumentError>([&] { Zoneout(bare, {.hidden = 0, .cell = rate}); }),
             Contains("Zoneout: the rate of the cell is") && Contains("expected a number in [0, 1]"));
  // Rates that are set afterwards are met where they are used.
  for (const Noise& noise : {Noise(), Noise(Random(1))}) {
    Zoneout kept(bare);
    kept.rates = {.hidden = 0, .cell = rate};
    const auto message = message_of<ArgumentError>([&] { run_cell(kept, 2, 3, noise); });
    CHECK_THAT(message, Contains("zoneout") && Contains("expected 0 <= rate <= 1"));
  }
}
