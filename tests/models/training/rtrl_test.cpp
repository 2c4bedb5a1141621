#include "support/rtrl.hpp"

#include <unroll/models.hpp>

using namespace unroll;
using namespace unroll_test;

namespace {

/// A cell as users write it, of only State and step (Zhou et al. 2016), whose first state is learned.
struct GatedUnit {
  using State = HiddenState<double>;
  Linear<double> forget{{.inputs = 7, .outputs = 4}, Random(1)}, candidate{{.inputs = 7, .outputs = 4}, Random(2)};
  Parameter<double> start{normal<double>(Random(3), {1, 4})};
  State initial_state(Tape<double>& tape, std::size_t batch) const { return {broadcast(tape.use(start), {batch, 4})}; }
  State step(Variable<double> x, const State& previous) const {
    const auto gate = sigmoid(forget(concat({x, previous.hidden}, -1)));
    return {(1 - gate) * previous.hidden + gate * tanh(candidate(concat({x, gate * previous.hidden}, -1)))};
  }
  static void members(auto& self, auto&& visit) {
    visit("forget", self.forget), visit("candidate", self.candidate), visit("start", self.start);
  }
};

/// A state of three Variables, two of them moving on slowly.
struct ThreeClocks {
  struct State {
    Variable<double> hidden, slow, slower;
  };
  Linear<double> weight{{.inputs = 9, .outputs = 2}, Random(4)};
  std::size_t hidden_size() const { return 2; }
  State step(Variable<double> x, const State& s) const {
    const auto hidden = tanh(weight(concat({x, s.hidden, s.slow, s.slower}, -1)));
    return {hidden, 0.7 * s.slow + 0.3 * hidden, 0.9 * s.slower + 0.1 * s.slow};
  }
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};

template <class Model>
void expect_full_gradient(Model model) {
  for (const std::size_t steps : {1u, 2u, 20u}) {
    const auto online = online_gradients(model, 3, steps);
    CHECK(relative_difference(online, offline_gradients(model, Parameters<double>(model), 3, steps)) < 1e-10);
  }
}

}  // namespace

TEST_CASE("with weights that stay, the gradients add up to those of backpropagation through all steps", "[rtrl]") {
  SECTION("tanh") { expect_full_gradient(RnnCell<double>({.inputs = 3, .hidden = 5}, Random(1))); }
  SECTION("relu") {
    const auto phi = [](auto x) { return relu(x); };
    expect_full_gradient(RnnCell<double, decltype(phi)>({.inputs = 3, .hidden = 5}, Random(1), phi));
  }
  SECTION("LSTM") { expect_full_gradient(LstmCell<double>({.inputs = 3, .hidden = 5}, Random(1))); }
  SECTION("GRU") {
    const auto reset = GENERATE(GruReset::after_product, GruReset::before_product);
    expect_full_gradient(GruCell<double>({.inputs = 3, .hidden = 5, .reset = reset}, Random(1)));
  }
  SECTION("a user's cell that learns its first state") { expect_full_gradient(GatedUnit{}); }
  SECTION("a user's cell with three Variables in its state") { expect_full_gradient(ThreeClocks{}); }
  SECTION("a stack of several kinds") {
    expect_full_gradient(Stack(LstmCell<double>({.inputs = 3, .hidden = 4}, Random(1)),
                               GruCell<double>({.inputs = 4, .hidden = 3}, Random(2))));
  }
  SECTION("a stack") { expect_full_gradient(Layers<LstmCell<double>>(2, {.inputs = 3, .hidden = 4}, Random(1))); }
}

TEST_CASE("after an update the influence mixes derivatives at the weights of each step", "[rtrl]") {
  LstmCell<double> before({.inputs = 3, .hidden = 5}, Random(1)), after({.inputs = 3, .hidden = 5}, Random(2));
  const Parameters<double> parameters_before(before), parameters_after(after);
  const auto inputs = [&](Tape<double>& tape, std::size_t first) {
    return tape.constant(concatenated_inputs(3, first, 3));
  };
  Tape<double> tape;
  const auto middle = unroll::run(before, inputs(tape, 0)).state;
  const auto end = unroll::run(after, inputs(tape, 3), {.state = middle}).state;
  tape.backward(stream_loss(end.hidden, 5));
  add_gradients(tape, parameters_before);
  add_gradients(tape, parameters_after);
  Gradients expected = taken_gradients(parameters_before);
  const Gradients rest = taken_gradients(parameters_after);
  for (std::size_t i = 0; i < rest.size(); ++i)
    for (std::size_t j = 0; j < rest[i].size(); ++j) expected[i][j] += rest[i][j];

  LstmCell<double> cell = before;
  Rtrl learner(cell);
  for (std::size_t t = 0; t < 6; ++t) {
    if (t == 3) cell = after;  // in the same place
    learner.advance(stream_input(3, t));
  }
  learner.backward([](Variable<double> hidden) { return stream_loss(hidden, 5); });
  CHECK(relative_difference(taken_gradients(Parameters<double>(cell)), expected) < 1e-10);
}

TEST_CASE("a model whose outputs are not its hidden state is refused", "[rtrl][error]") {
  Residual<LstmCell<double>> cell({.inputs = 3, .hidden = 3}, Random(1));
  Rtrl learner(cell);
  CHECK_THROWS_WITH(learner.advance(stream_input(3, 0)), Catch::Matchers::Contains("Rtrl: the model's outputs"));
}
