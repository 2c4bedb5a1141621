#include "support/messages.hpp"
#include "support/rtrl.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models.hpp>

// What the learner carries, what it leaves out, and what it refuses.
using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {

/// The numbers of the state after the stream's first steps.
template <class Model>
std::vector<double> state_after(const Model& model, std::size_t width, std::size_t steps) {
  Tape<double> tape(Recording::values);
  auto state = initial_state(model, tape, 1);
  for (std::size_t t = 0; t < steps; ++t) {
    const auto row = stream_input(width, t);
    state =
        unroll::run(model, tape.constant(TensorView<const double>(row.data(), {1, 1, width})), {.state = state}).state;
  }
  std::vector<double> numbers;
  for_each_variable(state, [&](const auto& variable) {
    const auto view = variable.value();
    numbers.insert(numbers.end(), view.begin(), view.end());
  });
  return numbers;
}

template <class Model>
void expect_influence_of_differences(Model model) {
  constexpr std::size_t width = 2, steps = 4;
  constexpr double step = 1e-5;
  Rtrl learner(model);
  for (std::size_t t = 0; t < steps; ++t) learner.advance(stream_input(width, t));
  for (const auto& [name, parameter] : Parameters<double>(model)) {
    const Tensor<double> influence = learner.influence(*parameter);
    REQUIRE(influence.shape() == Shape{learner.components(), parameter->shape().size()});
    for (std::size_t i = 0; i < parameter->shape().size(); ++i) {
      const double value = parameter->value()[i];
      parameter->mutable_value()[i] = value + step;
      const auto above = state_after(model, width, steps);
      parameter->mutable_value()[i] = value - step;
      const auto below = state_after(model, width, steps);
      parameter->mutable_value()[i] = value;
      for (std::size_t k = 0; k < learner.components(); ++k) {
        CAPTURE(name, i, k);
        CHECK(influence.at({k, i}) == Approx((above[k] - below[k]) / (2 * step)).margin(1e-8).epsilon(1e-6));
      }
    }
  }
}

/// h' = w h: a state of any width, and few parameters.
struct Wide {
  using State = HiddenState<double>;
  std::size_t width;
  Parameter<double> weight{Tensor<double>({1, 1}, 0.5)};
  std::size_t hidden_size() const { return width; }
  State step(Variable<double> x, const State& previous) const {
    return {previous.hidden * broadcast(x.tape().use(weight), previous.hidden.shape())};
  }
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};

RnnCell<double> small_cell() { return RnnCell<double>({.inputs = 3, .hidden = 4}, Random(1)); }

}  // namespace

TEST_CASE("the influence is the derivative of the state by every parameter", "[rtrl]") {
  SECTION("RNN") { expect_influence_of_differences(RnnCell<double>({.inputs = 2, .hidden = 3}, Random(1))); }
  SECTION("LSTM") { expect_influence_of_differences(LstmCell<double>({.inputs = 2, .hidden = 3}, Random(1))); }
  SECTION("GRU") { expect_influence_of_differences(GruCell<double>({.inputs = 2, .hidden = 3}, Random(1))); }
  SECTION("a stack") {
    expect_influence_of_differences(Layers<GruCell<double>>(2, {.inputs = 2, .hidden = 2}, Random(1)));
  }
}

TEST_CASE("the state is that of the cell, and a reset begins anew", "[rtrl]") {
  LstmCell<double> cell({.inputs = 3, .hidden = 4}, Random(1));
  Rtrl learner(cell);
  CHECK(learner.components() == 8);
  CHECK(learner.numbers() == 4 * 4 * (3 + 4 + 2));
  CHECK(learner.kept_entries() == 8 * learner.numbers());
  CHECK(learner.state()[1] == Tensor<double>({1, 4}));
  for (std::size_t t = 0; t < 3; ++t) learner.advance(stream_input(3, t));
  CHECK(learner.steps() == 3);
  std::vector<double> numbers(learner.state()[0].begin(), learner.state()[0].end());
  numbers.insert(numbers.end(), learner.state()[1].begin(), learner.state()[1].end());
  const auto expected = state_after(cell, 3, 3);
  for (std::size_t k = 0; k < 8; ++k) CHECK(numbers[k] == Approx(expected[k]).epsilon(1e-12));
  CHECK(learner.hidden() == learner.state()[0]);

  const auto first = online_gradients(cell, 3, 4);
  learner.reset();
  CHECK(learner.steps() == 0);
  CHECK(learner.state()[0] == Tensor<double>({1, 4}));
  for (std::size_t t = 0; t < 4; ++t)
    learner.step(stream_input(3, t), [&](Variable<double> hidden) { return stream_loss(hidden, t); });
  CHECK(taken_gradients(Parameters<double>(cell)) == first);
}

TEST_CASE("a copy carries on from the same numbers", "[rtrl]") {
  GruCell<double> cell({.inputs = 3, .hidden = 4}, Random(1));
  const Parameters<double> parameters(cell);
  Rtrl learner(cell, {.approximation = GENERATE(RtrlApproximation::none, RtrlApproximation::snap_1)});
  learner.advance(stream_input(3, 0));
  Rtrl copy = learner;
  const auto finish = [&](auto& one) {
    one.step(stream_input(3, 1), [&](Variable<double> hidden) { return stream_loss(hidden, 1); });
    return taken_gradients(parameters);
  };
  const auto expected = finish(learner);
  CHECK(finish(copy) == expected);
  copy = learner;
  CHECK(copy.steps() == 2);
  CHECK(copy.hidden() == learner.hidden());
}

TEST_CASE("an output layer gets its gradient too, and the loss is returned", "[rtrl]") {
  auto cell = small_cell();
  Linear<double> output({.inputs = 4, .outputs = 2}, Random(2));
  const Parameters<double> others(output);
  const auto loss_of = [&](Variable<double> hidden) { return sum(square(output(hidden))); };
  Rtrl learner(cell);
  learner.advance(stream_input(3, 0));
  const double loss = learner.backward(loss_of, others);
  const Tensor<double> once = output.weight.gradient();
  CHECK(learner.backward(loss_of, others) == loss);

  Tape<double> tape;
  const auto expected = loss_of(tape.constant(learner.hidden()));
  tape.backward(expected);
  CHECK(loss == expected.item());
  for (std::size_t i = 0; i < once.size(); ++i) {
    CHECK(once[i] == Approx(tape.gradient_of(output.weight)[i]));
    CHECK(output.weight.gradient()[i] == Approx(2 * once[i]));
  }
}

TEST_CASE("frozen parameters are left out, and the others learn as if they were data", "[rtrl]") {
  auto cell = small_cell();
  cell.weights.hidden_weight.frozen = cell.weights.input_bias.frozen = true;
  const RtrlOptions options{.approximation = GENERATE(RtrlApproximation::none, RtrlApproximation::snap_1)};
  const std::size_t steps = options.approximation == RtrlApproximation::none ? 5 : 1;  // that it is exact for
  const auto online = online_gradients(cell, 3, steps, options);
  CHECK(online[1].size() == 0);
  CHECK(relative_difference(online, offline_gradients(cell, Parameters<double>(cell), 3, steps)) < 1e-10);
  Rtrl learner(cell, options);
  CHECK(learner.numbers() == 3 * 4 + 4);
  learner.advance(stream_input(3, 0));
  CHECK(message_of<ArgumentError>([&] { learner.influence(cell.weights.hidden_weight); })
        == "Rtrl: influence asked of a parameter of shape [4, 4] that does not learn here (is it frozen, or of a copy "
           "of the model?)");
}

TEST_CASE("a learner names what is wrong with its input, its parameters or its size", "[rtrl][error]") {
  auto cell = small_cell();
  Rtrl learner(cell);
  const auto zero = [](Variable<double> hidden) { return sum(hidden); };
  CHECK_THROWS_WITH(learner.backward(zero), Contains("before the first step") && Contains("call advance"));
  CHECK_THROWS_AS(learner.hidden(), TapeError);
  CHECK_THROWS_AS(learner.influence(cell.weights.input_weight), TapeError);
  CHECK_THROWS_WITH(learner.advance(Tensor<double>({2, 3})),
                    Contains("[N=2, D=3], expected one row [N=1, D]") && Contains("a learner for each row"));
  CHECK_THROWS_AS(learner.advance(Tensor<double>({3})), ShapeError);
  CHECK_THROWS_WITH(learner.advance(Tensor<double>({1, 5})), Contains("linear: the input"));  // the cell says
  CHECK(learner.steps() == 0);
  learner.advance(Tensor<double>({1, 3}));
  CHECK_THROWS_WITH(learner.advance(Tensor<double>({1, 5})),
                    Contains("[N=1, D=5], expected [N=1, D=3] as before") && Contains("another stream"));
  CHECK_THROWS_WITH(learner.backward([](Variable<double> hidden) { return hidden; }), Contains("[1, 4]"));

  cell.weights.input_bias.frozen = true;
  CHECK_THROWS_WITH(learner.advance(Tensor<double>({1, 3})),
                    Contains("'input_bias' has been frozen") && Contains("make another learner"));
  Rtrl without_bias(cell);
  cell.weights.input_bias.frozen = false;
  CHECK_THROWS_WITH(without_bias.advance(Tensor<double>({1, 3})), Contains("'input_bias' has been unfrozen"));
  for (const auto& [name, parameter] : Parameters<double>(cell)) parameter->frozen = true;
  CHECK_THROWS_WITH(Rtrl(cell), Contains("none of the model's 4 parameters learns"));
}

TEST_CASE("an influence that takes more than the limit is refused before it is made", "[rtrl][error]") {
  RnnCell<double> cell({.inputs = 3, .hidden = 4}, Random(1));
  // 36 numbers on 4: 144 entries and a Jacobian of 16, twice 8 bytes each.
  const std::size_t all = (144 + 16) * 16;
  CHECK_NOTHROW(Rtrl(cell, {.memory_limit = all}));
  CHECK_THROWS_WITH(Rtrl(cell, {.memory_limit = all - 1}),
                    Contains("36 numbers in parameters on 4 in the state has 144 entries")
                        && Contains("approximate by snap_1, or raise memory_limit"));
  // 36 entries, the Jacobian, and what is noted while looking: 8 bytes an entry, and where those of 16 weights begin.
  const std::size_t kept = (36 + 16) * 16 + 36 * 8 + 17 * 16;
  RtrlOptions options{.approximation = RtrlApproximation::snap_1, .memory_limit = kept};
  Rtrl fits(cell, options);
  CHECK_NOTHROW(fits.advance(stream_input(3, 0)));
  options.memory_limit = kept - 1;
  Rtrl narrow(cell, options);
  CHECK_THROWS_WITH(narrow.advance(stream_input(3, 0)), Contains("make the cell narrower, or raise memory_limit"));
  RnnCell<> wide({.inputs = 100, .hidden = 1000}, Random(1));
  CHECK_THROWS_WITH(Rtrl(wide), Contains("takes 8415 MB, a step's Jacobian included, expected at most 1024 MB"));
}

TEST_CASE("a state whose Jacobian takes more than the limit is refused before that is made", "[rtrl][error]") {
  Wide cell{.width = std::size_t{1} << 22};  // 2^44 numbers, more than there is to address
  for (const auto approximation : {RtrlApproximation::none, RtrlApproximation::snap_1})
    CHECK_THROWS_WITH(Rtrl(cell, {.approximation = approximation}), Contains("on 4194304 in the state"));
}
