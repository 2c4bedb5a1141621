#include "support/rtrl.hpp"

#include <unroll/models/models.hpp>

using namespace unroll;
using namespace unroll_test;

namespace {

/// A cell as users write it, of only State and step (Zhou et al. 2016), whose first state is learnt.
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
  SECTION("a stack") { expect_full_gradient(Layers<LstmCell<double>>(2, {.inputs = 3, .hidden = 4}, Random(1))); }
}
