#include "support/messages.hpp"
#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models.hpp>

#include <vector>

// Rows that begin anew within a run: what each step has seen, and what is refused.
using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

using Numbers = std::vector<double>;

/// h' = 10 h + x: the digits of its state are the inputs that it has seen.
struct Digits {
  using State = HiddenState<double>;
  std::size_t hidden_size() const { return 1; }
  State step(Variable<double> x, const State& previous) const { return {previous.hidden * 10.0 + x}; }
  static void members(auto&, auto&&) {}
};
/// The same from a first state that is learned, 5 in row 0 and 6 in row 1.
struct FromLearned : Digits {
  Parameter<double> start{Tensor<double>({2, 1}, {5, 6})};
  State initial_state(Tape<double>& tape, std::size_t) const { return {tape.use(start)}; }
  static void members(auto& self, auto&& visit) { visit("start", self.start); }
};

/// Steps 1 2 3 4 of row 0, 5 6 7 8 of row 1.
Variable<double> inputs_on(Tape<double>& tape) {
  return tape.constant(Tensor<double>({4, 2, 1}, {1, 5, 2, 6, 3, 7, 4, 8}));
}
/// Row 0 begins anew at step 2, row 1 at the steps 1 and 3.
const Tensor<int> marks({4, 2}, {0, 0, 0, 1, 1, 0, 0, 1});
HiddenState<double> nines(Tape<double>& tape) { return {tape.constant(Tensor<double>({2, 1}, {9, 9}))}; }

Recording either() { return GENERATE(Recording::gradients, Recording::values); }

/// A layer that keeps nothing from step to step, and does not say that it takes starts.
struct Unaware {
  using State = HiddenState<double>;
  std::size_t hidden_size() const { return 1; }
  Unrolled<double, State> run(const SequenceBatch<double>& batch, const State& state, const StepContext&) const {
    return {batch.data * 1.0, state};
  }
  static void members(auto&, auto&&) {}
};
/// A layer that says so: its outputs are how many rows begin anew at a step.
struct Aware : Unaware {
  Unrolled<double, State> run(const SequenceBatch<double>& batch, const State& state, const StepContext&,
                              const Starts& starts) const {
    Tensor<double> counts(batch.data.shape());
    for (std::size_t t = 0; t < counts.shape()[0]; ++t)
      for (std::size_t n = 0; n < counts.shape()[1]; ++n)
        counts[t * counts.shape()[1] + n] = static_cast<double>(starts.at(t).size());
    return {batch.data.tape().constant(counts), state};
  }
};

}  // namespace

TEST_CASE("a row that begins anew has no past", "[starts]") {
  Tape<double> tape(either());
  const auto [outputs, last] = run(Digits(), inputs_on(tape), {.state = nines(tape), .starts = marks});
  CHECK(numbers_of(outputs) == Numbers{91, 95, 912, 6, 3, 67, 34, 8});
  CHECK(numbers_of(last.hidden) == Numbers{34, 8});
}

TEST_CASE("a row that begins anew with the first step drops the state that it is given", "[starts]") {
  Tape<double> tape(either());
  const Tensor<int> at_once({4, 2}, {0, 1, 0, 0, 0, 0, 0, 0});
  const auto outputs = run(Digits(), inputs_on(tape), {.state = nines(tape), .starts = at_once}).outputs;
  CHECK(numbers_of(outputs) == Numbers{91, 5, 912, 56, 9123, 567, 91234, 5678});
}

TEST_CASE("backward in time a document begins at its own last step", "[starts]") {
  Tape<double> tape(either());
  const auto [outputs, last] = run(Reversed(Digits()), inputs_on(tape), {.state = nines(tape), .starts = marks});
  CHECK(numbers_of(outputs) == Numbers{21, 5, 2, 76, 943, 7, 94, 98});
  CHECK(numbers_of(last.hidden) == Numbers{21, 5});
  const Tensor<int> at_once({4, 2}, {1, 1, 0, 0, 0, 0, 0, 0});  // nothing is before it
  CHECK(numbers_of(run(Reversed(Digits()), inputs_on(tape), {.starts = at_once}).outputs)
        == numbers_of(run(Reversed(Digits()), inputs_on(tape)).outputs));
}

TEST_CASE("every layer of a stack, and both directions, begin anew", "[starts]") {
  Tape<double> tape(either());
  const auto x = inputs_on(tape);
  const auto once = run(Digits(), x, {.starts = marks}).outputs;
  const auto twice = numbers_of(run(Digits(), once, {.starts = marks}).outputs);
  CHECK(numbers_of(run(Layers<Digits>({Digits(), Digits()}), x, {.starts = marks}).outputs) == twice);
  CHECK(numbers_of(run(Stack(Digits(), Digits()), x, {.starts = marks}).outputs) == twice);
  const Bidirectional<Digits, Merge::sum> both{Digits(), Digits()};
  const auto sum = once + run(Reversed(Digits()), x, {.starts = marks}).outputs;
  CHECK(numbers_of(run(both, x, {.starts = marks}).outputs) == numbers_of(sum));
}

TEST_CASE("rows of sequences with lengths begin anew, and marks beyond their ends are not read", "[starts]") {
  Tape<double> tape(either());
  const std::vector<std::size_t> lengths{2, 4};
  const Tensor<int> with_padding({4, 2}, {0, 0, 1, 0, 7, 1, 1, 0});
  const auto forward =
      run(Digits(), inputs_on(tape), {.state = nines(tape), .lengths = lengths, .starts = with_padding});
  CHECK(numbers_of(forward.outputs) == Numbers{91, 95, 2, 956, 0, 7, 0, 78});
  CHECK(numbers_of(forward.state.hidden) == Numbers{2, 78});
  const auto backward =
      run(Reversed(Digits()), inputs_on(tape), {.state = nines(tape), .lengths = lengths, .starts = with_padding});
  CHECK(numbers_of(backward.outputs) == Numbers{1, 65, 92, 6, 0, 987, 0, 98});
  CHECK(numbers_of(backward.state.hidden) == Numbers{1, 65});
}

TEST_CASE("a row begins anew with its row of the model's first state, which learns from it", "[starts]") {
  Tape<double> tape(either());
  FromLearned cell;
  const auto [outputs, last] = run(cell, inputs_on(tape), {.state = nines(tape), .starts = marks});
  CHECK(numbers_of(outputs) == Numbers{91, 95, 912, 66, 53, 667, 534, 68});
  const std::vector<std::size_t> lengths{2, 4};
  const Tensor<int> first_step({4, 2}, {1, 1, 0, 0, 0, 0, 0, 0});
  CHECK(numbers_of(run(cell, inputs_on(tape), {.state = nines(tape), .lengths = lengths, .starts = first_step}).outputs)
        == Numbers{51, 65, 512, 656, 0, 6567, 0, 65678});
  if (!tape.records_gradients()) return;
  tape.backward(sum(last.hidden));
  const double* const gradient = tape.gradient_of(cell.start);
  CHECK(Numbers(gradient, gradient + 2) == Numbers{100, 10});
}

TEST_CASE("without a start, nothing is recorded for starts", "[starts]") {
  Tape<double> with, without;
  const Tensor<int> none({4, 2});
  run(Digits(), inputs_on(with), {.starts = none});
  run(Digits(), inputs_on(without));
  CHECK(with.size() == without.size());
}

TEST_CASE("a batch of no sequences has no start", "[starts]") {
  Tape<double> tape(either());
  const Tensor<int> none({3, 0});
  CHECK(run(Digits(), tape.zeros({3, 0, 1}), {.starts = none}).outputs.shape() == Shape{3, 0, 1});
}

TEST_CASE("marks of another shape are refused, with the likely cause", "[starts][error]") {
  Tape<double> tape;
  const auto refusal = [&](const Shape& shape) {
    const Tensor<int> given(shape);
    return message_of<ShapeError>([&] { run(Digits(), inputs_on(tape), {.starts = given}); });
  };
  CHECK(refusal({2, 4})
        == "run: starts of shape [2, 4] given, expected [T=4, N=2], a mark for each step of each sequence of [T=4, N=2, "
           "D=1] (are they batch-major? transpose them)");
  CHECK_THAT(refusal({5, 2}), Contains("[5, 2] given") && Contains("of another window or batch?"));
  CHECK_THAT(refusal({4}), Contains("starts of shape [4] given"));
  CHECK_THAT(refusal({4, 2, 1}), Contains("starts of shape [4, 2, 1] given"));
}

TEST_CASE("a mark that is neither 0 nor 1 is refused", "[starts][error]") {
  Tape<double> tape;
  const Tensor<int> tokens({4, 2}, {0, 1, 0, 0, 0, 32, 0, 0});
  CHECK(message_of<ArgumentError>([&] { run(Digits(), inputs_on(tape), {.starts = tokens}); })
        == "run: starts[2, 1] is 32, expected 1 where sequence 1 begins anew with step 2, and 0 elsewhere (are they "
           "lengths or tokens?)");
}

TEST_CASE("a layer of a user's own takes starts, or is refused with them", "[starts][error]") {
  Tape<double> tape(either());
  CHECK(numbers_of(run(Aware(), inputs_on(tape), {.starts = marks}).outputs) == Numbers{0, 0, 1, 1, 1, 1, 1, 1});
  CHECK(numbers_of(run(Stack(Digits(), Aware()), inputs_on(tape), {.starts = marks}).outputs)
        == Numbers{0, 0, 1, 1, 1, 1, 1, 1});
  CHECK(numbers_of(run(Aware(), inputs_on(tape)).outputs) == Numbers(8, 0.0));
  CHECK(numbers_of(run(Unaware(), inputs_on(tape)).outputs) == Numbers{1, 5, 2, 6, 3, 7, 4, 8});
  const auto refusal = [&](const auto& layer) {
    return message_of<ArgumentError>([&] { run(layer, inputs_on(tape), {.starts = marks}); });
  };
  CHECK(refusal(Unaware())
        == "run: starts given for a layer that does not take them (give it run(batch, state, begin, starts) const, "
           "which begins rows of its state anew where starts.at(t) says so; starts.hpp shows it)");
  CHECK(refusal(Stack(Digits(), Unaware())) == refusal(Unaware()));
}
