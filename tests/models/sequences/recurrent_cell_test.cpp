#include "support/ops.hpp"
#include <unroll/models.hpp>

using namespace unroll;
using namespace unroll::testing;

namespace {

using Numbers = std::vector<double>;

/// 1000 h + 10 r + x, and the time: what it has been given can be read from what it gives.
struct Witness {
  using State = HiddenState<double>;
  std::size_t hidden_size() const { return 1; }
  State step(Variable<double> x, const State& h, Variable<double> recurrent, const StepContext& context) const {
    return {h.hidden * 1000.0 + recurrent * 10.0 + x + static_cast<double>(context.step) / 8};
  }
  static void members(auto&, auto&&) {}
};
struct Plain {
  using State = HiddenState<double>;
  std::size_t hidden_size() const { return 1; }
  State step(Variable<double> x, const State& h) const { return {h.hidden * 1000.0 + x}; }
  static void members(auto&, auto&&) {}
};
struct Stepless {
  using State = HiddenState<double>;
  static void members(auto&, auto&&) {}
};

}  // namespace

TEST_CASE("a cell has one of the forms of step; a layer says itself how it runs", "[cell]") {
  STATIC_REQUIRE(RecurrentCell<LstmCell<>>);
  STATIC_REQUIRE(RecurrentCell<Witness>);
  STATIC_REQUIRE(RecurrentCell<Plain>);
  STATIC_REQUIRE_FALSE(RecurrentCell<Stepless>);
  STATIC_REQUIRE(ModifiedCell<Zoneout<Plain>>);
  STATIC_REQUIRE_FALSE(ModifiedCell<Plain>);
  STATIC_REQUIRE(RecurrentLayer<Stack<LstmCell<float>, GruCell<float>>, float>);
  STATIC_REQUIRE_FALSE(RecurrentLayer<Stepless, double>);
}

TEST_CASE("a step is given what it asks for: the hidden state, or what stands in for it, and the time", "[cell]") {
  Tape<double> tape;
  const auto number = [&](double value) { return tape.constant(Tensor<double>({1, 1}, {value})); };
  const HiddenState<double> h{number(2)};
  CHECK(numbers_of(take_step(Witness(), number(5), h, StepContext{{}, 4}).hidden) == Numbers{2025.5});
  CHECK(numbers_of(take_step(Witness(), number(5), h, number(3), StepContext{{}, 4}).hidden) == Numbers{2035.5});
  CHECK(numbers_of(take_step(Plain(), number(5), h, StepContext()).hidden) == Numbers{2005});
  CHECK(numbers_of(take_step(Plain(), number(5), h, number(3), StepContext()).hidden) == Numbers{3005});
}

TEST_CASE("what a modifier does not say, its inner cell says", "[cell]") {
  const Zoneout<LstmCell<double>> zoneout({.inputs = 2, .hidden = 3}, Random(1));
  Tape<double> tape;
  const auto x = tape.constant(normal<double>(Random(2), {4, 1, 2}));
  CHECK(numbers_of(project_inputs(zoneout, x)) == numbers_of(zoneout.inner.project(x)));
  CHECK(project_inputs(Plain(), x).is(x));
  const auto doubled = run_around(Residual(Zoneout(Plain())), SequenceBatch{x}, Noise(),
                                  [](const SequenceBatch<double>& seen) { return seen.data; });
  CHECK(numbers_of(doubled) == numbers_of(x + x));
}

TEMPLATE_TEST_CASE("a step by hand is the step of a sequence", "[cell]", RnnCell<double>, PreactivationRnnCell<double>,
                   LstmCell<double>, GruCell<double>, CoupledLstmCell<double>, PeepholeLstmCell<double>,
                   LayerNormLstmCell<double>, MinGruCell<double>, MinLstmCell<double>, SLstmCell<double>,
                   MLstmCell<double>, LruCell<double>) {
  const TestType cell({.inputs = 3, .hidden = 4}, Random(1));
  Tape<double> tape;
  const auto x = tape.constant(normal<double>(Random(2), {2, 3}));
  const auto first = run(cell, tape.constant(normal<double>(Random(3), {5, 2, 3}))).state;
  const auto expected = run(cell, reshape(x, {1, 2, 3}), {.state = first}).state;
  for (const auto& state : {cell(x, first), run_step(cell, x, first)})
    CHECK(Tensor<double>(state.hidden.value()) == Tensor<double>(expected.hidden.value()));
}

TEST_CASE("a step by hand of a modified cell knows its time and its noise", "[cell]") {
  Zoneout<LstmCell<double>> cell({.inputs = 3, .hidden = 4}, Random(1));
  cell.rates = {.hidden = 0.5, .cell = 0.5};
  Tape<double> tape;
  const auto x = tape.constant(normal<double>(Random(2), {2, 3}));
  const auto first = initial_state(cell, tape, 2);
  const auto expected = run(cell, reshape(x, {1, 2, 3}), {.noise = Random(7), .first_step = 4}).state;
  CHECK(Tensor<double>(run_step(cell, x, first, {Random(7), 4}).hidden.value())
        == Tensor<double>(expected.hidden.value()));
}
