#include "support/ops.hpp"
#include <unroll/models/gru_cell.hpp>
#include <unroll/models/lstm_cell.hpp>
#include <unroll/models/modifiers.hpp>
#include <unroll/models/stack.hpp>

using namespace unroll;
using namespace unroll::testing;

namespace {

using Numbers = std::vector<double>;

/// 1000 h + 10 r + x, and the time: what it has been given can be read from what it gives.
struct Witness {
  using State = HiddenState<double>;
  std::size_t hidden_size() const { return 1; }
  State step(Variable<double> x, const State& h, Variable<double> recurrent, const Moment& moment) const {
    return {h.hidden * 1000.0 + recurrent * 10.0 + x + static_cast<double>(moment.step) / 8};
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
  CHECK(numbers_of(take_step(Witness(), number(5), h, Moment{{}, 4}).hidden) == Numbers{2025.5});
  CHECK(numbers_of(take_step(Witness(), number(5), h, number(3), Moment{{}, 4}).hidden) == Numbers{2035.5});
  CHECK(numbers_of(take_step(Plain(), number(5), h, Moment()).hidden) == Numbers{2005});
  CHECK(numbers_of(take_step(Plain(), number(5), h, number(3), Moment()).hidden) == Numbers{3005});
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
