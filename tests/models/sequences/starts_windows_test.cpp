#include "support/checkpoints.hpp"
#include "support/composite_cells.hpp"
#include "support/sequences.hpp"

// Documents that stand behind one another in the rows of a batch, where sequences are cut: by checkpoints, windows and
// truncated backpropagation.
using namespace unroll;
using namespace unroll_test;
using namespace unroll::testing;

namespace {

constexpr std::size_t all_steps = 23, batch = 2;  // as in Case

/// Rows begin anew at random, and both where segments do.
Tensor<int> random_marks(std::size_t steps) {
  Tensor<int> marks({steps, batch});
  for (std::size_t i = 0; i < marks.size(); ++i) marks[i] = Random(5).bits(i) % 4 == 0 || i / batch == 5 ? 1 : 0;
  return marks;
}
const Tensor<int> marks = random_marks(all_steps);

Tensor<int> marks_of(std::size_t first, std::size_t count) {
  return Tensor<int>(TensorView<const int>(marks.data() + first * batch, {count, batch}));
}

/// h' = tanh(x + h) from a first state that is learned.
struct FromLearned {
  using State = HiddenState<double>;
  Parameter<double> start{normal<double>(Random(6), {batch, 3})};
  std::size_t hidden_size() const { return 3; }
  State initial_state(Tape<double>& tape, std::size_t) const { return {tape.use(start) * 1.0}; }
  State step(Variable<double> x, const State& previous) const { return {tanh(x + previous.hidden)}; }
  static void members(auto& self, auto&& visit) { visit("start", self.start); }
};

/// tanh cells of width 3 without a weight.
struct Plain {
  TwoParts step(Variable<double> input, const TwoParts& previous) const {
    const auto hidden = tanh(input + 0.5 * previous.hidden);
    return {hidden, previous.other + hidden};
  }
};

/// One window after another on one tape, each with its own marks.
template <class Layer>
Unrolled<double, typename Layer::State> run_in_windows(const Layer& layer, Variable<double> inputs,
                                                       typename Layer::State state, const Noise& noise,
                                                       const Checkpoints& checkpoints) {
  const auto plan = plan_checkpoints(checkpoints, inputs.shape()[0], 1);
  std::vector<Variable<double>> outputs;
  for (std::size_t window = 0; window < plan.segments; ++window) {
    const std::size_t first = plan.begin(window), count = plan.begin(window + 1) - first;
    const Tensor<int> own = marks_of(first, count);
    const auto unrolled = unroll::run(layer, slice(inputs, 0, first, count),
                                      {.state = state, .noise = noise, .first_step = first, .starts = own});
    outputs.push_back(unrolled.outputs);
    state = unrolled.state;
  }
  return {concat(outputs, 0), state};
}

/// Whether a layer with checkpoints and starts has the bits of its windows, at every schedule; or their numbers, where
/// segments add up a gradient in another order, whether there are starts or not.
template <class Layer>
void check_bits(Layer layer, bool to_rounding = false) {
  for (const auto& checkpoints : schedules) {
    const Case gathered{.gathered_rows = 2 * plan_checkpoints(checkpoints, all_steps, 1).segment};
    const auto whole = unroll_test::run(
        layer, gathered, [&](auto x, auto state) { return run_in_windows(layer, x, state, Random(7), checkpoints); });
    const auto found = unroll_test::run(layer, gathered, [&](auto x, auto state) {
      return unroll::run(layer, x, {.state = state, .noise = Random(7), .starts = marks, .checkpoints = checkpoints});
    });
    if (to_rounding)
      check_near(found, whole);
    else
      CHECK((found.numbers == whole.numbers));
  }
}

/// The gradient of the sum of weighted outputs of 12 steps from zeros, on one tape.
std::vector<Numbers> gradients_of_whole(Layers<LstmCell<double>>& layers, const Tensor<double>& x,
                                        const Tensor<double>& weights, const Tensor<int>& starts) {
  const auto parameters = parameters_of<double>(layers);
  Tape<double> tape;
  backward(sum(unroll::run(layers, tape.constant(x), {.starts = starts}).outputs * weights), parameters);
  std::vector<Numbers> found;
  for (const auto& [name, parameter] : parameters) {
    found.emplace_back(parameter->gradient().begin(), parameter->gradient().end());
    parameter->zero_gradient();
  }
  return found;
}

/// Steps [first, first + count) of a tensor [T, ...].
template <class Number>
Tensor<Number> piece(const Tensor<Number>& whole, std::size_t first, std::size_t count) {
  const Shape shape = whole.shape().with(0, count);
  return Tensor<Number>(TensorView<const Number>(whole.data() + first * shape.after(0), shape));
}

}  // namespace

TEST_CASE("checkpoints with starts have the bits of a full run in the same blocks", "[starts][checkpoints]") {
  const std::size_t layers = GENERATE(1u, 2u);
  check_bits(Layers<LstmCell<double>>(layers, {.inputs = 3, .hidden = 4}, Random(1), 0.4));
  check_bits(Layers<GruCell<double>>(layers, {.inputs = 3, .hidden = 4}, Random(1), 0.4));
}

TEST_CASE("so do those of modified cells, stacks, and first states that are not zeros", "[starts][checkpoints]") {
  check_bits(Zoneout(GruCell<double>({.inputs = 3, .hidden = 4}, Random(1))));
  check_bits(Zoneout(VariationalDropout(LstmCell<double>({.inputs = 3, .hidden = 4}, Random(1)))),
             /*to_rounding=*/true);
  check_bits(Stack(Projected<LstmCell<double>>({.inputs = 3, .hidden = 4, .recurrent = 2}, Random(1)),
                   GruCell<double>({.inputs = 2, .hidden = 4}, Random(2))));
  check_bits(FromLearned(), /*to_rounding=*/true);
  check_bits(InParts<Plain>());
}

TEST_CASE("windows with starts, and a state carried between them, are the whole run, noise included", "[starts]") {
  Layers<Zoneout<VariationalDropout<GruCell<double>>>> layers(2, {.inputs = 3, .hidden = 4}, Random(1), 0.3);
  const auto x = normal<double>(Random(2), {all_steps, batch, 3});
  Tape<double> whole;
  const auto expected = unroll::run(layers, whole.constant(x), {.noise = Random(3), .starts = marks}).outputs.value();
  CarriedState<double> memory;
  Tape<double> tape;
  for (std::size_t first = 0; first < all_steps; first += 5) {  // rows begin anew at the first step of the second one
    tape.clear();
    const std::size_t count = std::min<std::size_t>(5, all_steps - first);
    const Tensor<int> own = marks_of(first, count);
    const auto unrolled = unroll::run(
        layers, tape.constant(piece(x, first, count)),
        {.state = memory.resume(layers, tape, batch), .noise = Random(3), .first_step = first, .starts = own});
    memory.keep(unrolled.state);
    const auto found = unrolled.outputs.value();
    for (std::size_t i = 0; i < found.size(); ++i)
      CHECK(found[i] == Approx(expected[first * batch * 4 + i]).epsilon(1e-12).margin(1e-13));
  }
}

TEST_CASE("truncated backpropagation stops at starts, within windows and between them", "[starts][truncated]") {
  Layers<LstmCell<double>> layers(2, {.inputs = 3, .hidden = 4}, Random(1));
  const auto x = normal<double>(Random(2), {12, batch, 3}), weights = normal<double>(Random(3), {12, batch, 4});
  Tensor<int> starts = random_marks(12);
  Truncation truncation{.k1 = 4, .k2 = 12};  // every loss goes back to the first step: this is the whole gradient
  SECTION("windows that overlap") {}
  SECTION("windows that are cut where all rows begin anew, so that nothing is lost") {
    truncation.k2 = 4;
    for (const std::size_t t : {4u, 8u}) starts[2 * t] = starts[2 * t + 1] = 1;
  }
  const auto expected = gradients_of_whole(layers, x, weights, starts);

  const auto parameters = parameters_of<double>(layers);
  TruncatedBackpropagation<double> truncated(truncation);
  for (std::size_t first = 0; first < 12; first += 4) {
    const Tensor<int> own = piece(starts, first, 4);
    truncated.record(layers, batch, 4, [&](Tape<double>& tape, const auto& state) {
      const auto [outputs, next] =
          unroll::run(layers, tape.constant(piece(x, first, 4)), {.state = state, .starts = own});
      return std::pair{sum(outputs * piece(weights, first, 4)), next};
    });
    if (truncated.due()) truncated.backward(parameters);
  }
  std::size_t next = 0;
  for (const auto& [name, parameter] : parameters) {
    const Numbers found(parameter->gradient().begin(), parameter->gradient().end());
    CHECK(apart(found, expected[next++]) < 1e-12);
  }
}
