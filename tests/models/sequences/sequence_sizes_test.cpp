#include "support/model_sizes.hpp"
#include <unroll/models/sequences/run.hpp>

#include <array>

// Sequences: how many steps and sequences there are, where they begin in longer ones, their lengths, and the budgets of
// checkpoints. How the list was made: support/model_sizes.hpp. A batch of no sequences stands for one of any length.

using namespace unroll;
using namespace unroll::testing;

namespace {

/// Notes which step it takes.
struct Clock {
  using State = HiddenState<>;
  std::vector<Size>* seen;
  Size hidden_size() const { return 1; }
  State step(Variable<> input, const State& previous, const StepContext& context) const {
    seen->push_back(context.step);
    return {previous.hidden + input};
  }
  static void members(auto&, auto&&) {}
};

/// Two steps of two sequences that begin at step n of longer ones.
SizeUse beginning_at(std::string name, std::function<void(const Clock&, Variable<>, Size)> run,
                     Recording recording = Recording::gradients) {
  return {std::move(name), ".....x", [=](Size n) {
            std::vector<Size> seen;
            Tape<> tape(recording);
            run(Clock{&seen}, tape.input(Tensor<>({2, 2, 1})), n);
            std::sort(seen.begin(), seen.end());
            seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
            return seen == std::vector<Size>{n, n + 1};
          }};
}

template <class Layer>
void run_from(const Layer& layer, Variable<> inputs, Size first) {
  static_cast<void>(unroll::run(layer, inputs, {.state = initial_state(layer, inputs.tape(), 2), .first_step = first}));
}

std::vector<SizeUse> places_in_time() {
  static const std::array<Size, 2> ragged{2, 1};
  const auto forward = [](const Clock& clock, Variable<> inputs, Size n) { run_from(clock, inputs, n); };
  const auto with_checkpoints = [](const auto& layer, Variable<> inputs, Size n) {
    const auto state = initial_state(layer, inputs.tape(), 2);
    unroll::run(layer, inputs, {.state = state, .first_step = n, .checkpoints = Checkpoints{.steps = 1}});
  };
  return {
      beginning_at("run, first_step", forward),
      beginning_at("run, first_step, of values", forward, Recording::values),
      beginning_at("run, first_step, backward in time",
                   [](const Clock& clock, Variable<> inputs, Size n) { run_from(Reversed(clock), inputs, n); }),
      beginning_at("run, first_step, of layers",
                   [](const Clock& clock, Variable<> inputs, Size n) {
                     run_from(Layers<Clock>({clock, clock}), inputs, n);
                   }),
      beginning_at("run, first_step, with lengths",
                   [](const Clock& clock, Variable<> inputs, Size n) {
                     const auto state = initial_state(clock, inputs.tape(), 2);
                     unroll::run(clock, inputs, {.state = state, .first_step = n, .lengths = ragged});
                   }),
      beginning_at("run, first_step, with checkpoints", with_checkpoints),
      beginning_at("run, first_step, of layers with checkpoints",
                   [=](const Clock& clock, Variable<> inputs, Size n) {
                     with_checkpoints(Layers<Clock>({clock, clock}), inputs, n);
                   }),
      {"take_step, step", ".....x",
       [](Size n) {
         std::vector<Size> seen;
         const Clock clock{&seen};
         Tape<> tape;
         take_step(clock, tape.zeros({1, 1}), initial_state(clock, tape, 1), {{}, n});
         return seen == std::vector<Size>{n};
       }},
      {"StepContext::after", ".....x",
       [](Size n) {
         return StepContext{{}, 1}.after(n).step == 1 + n;
       }},
      {"StepContext::after, from", ".....x",
       [](Size n) {
         return StepContext{{}, n}.after(1).step == n + 1;
       }},
      {"step_at, forward", ".xxxxx", [](Size n) { return step_at(Direction::forward, n, 1) == 0; }},
      {"step_at, backward", ".xxxxx", [](Size n) { return step_at(Direction::backward, n, 1) == 0; }},
      {"step_at, steps", "x.....", [](Size n) { return step_at(Direction::backward, 0, n) == n - 1; }},
      {"RaggedRows::running", ".xxxxx",
       [](Size n) {
         Tape<> tape;
         return unroll::detail::make_ragged_rows(tape, {2, 1}, std::array<Size, 1>{1}).running(n) == 1;
       }},
      {"Starts::at", ".xxxxx",
       [](Size n) {
         Tape<> tape;
         return unroll::detail::make_starts(tape, Tensor<int>({1, 1}, 1)).at(n).size() == 1;
       }},
      {"Dropout, first", "......",
       [](Size n) {
         Tape<> tape;
         const auto dropped = Dropout{0.5}(tape.input(Tensor<>({3}, 1)), random_numbers, n);
         for (Size i = 0; i < 3; ++i)
           if ((dropped.value()[i] == 0) != (random_numbers.bits(n + i) < 1u << 31)) return false;
         return true;
       }},
  };
}

/// A layer over inputs of the given shape, whose outputs are to be `width` wide, on the way forward and back.
template <class Layer>
SizeUse over(std::string name, std::string expected, const Layer& layer, std::function<Shape(Size)> shape_of,
             std::function<Size(Size)> width, Recording recording = Recording::gradients) {
  return {std::move(name), std::move(expected), [=](Size n) {
            Tape<> tape(recording);
            const auto inputs = tape.input(Tensor<>(shape_of(n)));
            const auto outputs = unroll::run(layer, inputs).outputs;
            if (outputs.needs_gradient()) tape.backward(sum(outputs));
            return outputs.shape() == inputs.shape().with(2, width(n));
          }};
}

std::vector<SizeUse> extents() {
  static constexpr std::array first_sequence{0};
  const GruCell<> gru({.inputs = 1, .hidden = 2}, random_numbers);
  const Layers<GruCell<>> layers(2, {.inputs = 1, .hidden = 2}, random_numbers, 0.5);
  const auto no_sequences = [](Size n) { return Shape{n, 0, 1}; };
  const auto no_features = [](Size n) { return Shape{1, n, 0}; };
  const auto two = [](Size) { return Size{2}; };
  const auto none = [](Size) { return Size{0}; };
  constexpr auto values = Recording::values;
  return {
      over("run, steps", "x.mmxx", gru, no_sequences, two),
      over("run, steps, of values", "x...xx", gru, no_sequences, two, values),
      over("run, steps, of layers", "x...xx", layers, no_sequences, two, values),
      over("run, steps, backward in time", "x...xx", Reversed(gru), no_sequences, two, values),
      over("run, steps, of a modified cell", "x...xx", Zoneout(gru), no_sequences, two, values),
      over("run, batch", "......", Adder{0}, no_features, none),
      over("run, batch, of values", "......", Adder{0}, no_features, none, values),
      {"run, starts, steps", "x.....",
       [](Size n) {
         Tape<> tape(values);
         const Tensor<int> starts({n, 0});
         return unroll::run(Adder{1}, tape.constant(Tensor<>({n, 0, 1})), {.starts = starts}).outputs.shape()[0] == n;
       }},
      {"run, starts of another batch", "x.xxxx",
       [](Size n) {
         Tape<> tape(values);
         const Tensor<int> starts({n, 0});
         return unroll::run(Adder{1}, tape.constant(Tensor<>({1, 0, 1})), {.starts = starts}).outputs.shape()[0] == n;
       }},
      {"run, features", "......",
       [](Size n) {
         Tape<> tape;
         const auto inputs = tape.input(Tensor<>({1, 0, n}));
         return unroll::run(Adder{n}, inputs).outputs.shape() == inputs.shape();
       }},
      {"run, batch of the state", ".xxxxx",
       [](Size n) {
         Tape<> tape;
         const HiddenState<> state{tape.input(Tensor<>({n, 0}))};
         return unroll::run(Adder{0}, tape.input(Tensor<>({1, 0, 0})), {.state = state}).outputs.shape().size() == 0;
       }},
      {"AttentionPooling, steps", "......",
       [](Size n) {
         Tape<> tape;
         const AttentionPooling<> pooling({.inputs = 1, .hidden = 1}, random_numbers);
         return pooling(Sequence{tape.input(Tensor<>({n, 0, 1})), {}}).shape() == Shape{0, 1};
       }},
      {"AttentionPooling, steps, with a query", "......",
       [](Size n) {
         Tape<> tape;
         const AttentionPooling<> pooling({.inputs = 1, .hidden = 1, .query = 1}, random_numbers);
         const Sequence x{tape.input(Tensor<>({n, 0, 1})), {}};
         return pooling(x, tape.input(Tensor<>({0, 1}))).shape() == Shape{0, 1};
       }},
      {"AttentionMemory, batch of a step", "..xxxx",
       [](Size n) {
         Tape<> tape;
         const AttentionPooling<> pooling({.inputs = 1, .hidden = 1, .query = 1}, random_numbers);
         const auto memory = pooling.over({tape.input(Tensor<>({2, 1, 1})), {}});
         const StepContext context{.sequences = first_sequence, .batch = n};
         return memory(tape.input(Tensor<>({1, 1})), context).shape() == Shape{1, 1};
       }},
      {"last_states, steps", "x.....",
       [](Size n) {
         Tape<> tape;
         return last_states(SequenceBatch{tape.input(Tensor<>({n, 0, 1}))}, tape.zeros({0, 1})).shape() == Shape{0, 1};
       }},
      {"rows_of, batch", "..xxxx",
       [](Size n) {
         Tape<> tape;
         const StepContext context{.sequences = first_sequence, .batch = n};
         return context.rows_of(tape.input(Tensor<>({1, 2}))).shape() == Shape{1, 2};
       }},
      {"rows_of, memory", "x.xxxx",
       [](Size n) {
         Tape<> tape;
         const StepContext context{.sequences = first_sequence, .batch = 1};
         return context.rows_of(tape.input(Tensor<>({n, 0}))).shape() == Shape{1, 0};
       }},
  };
}

/// Sequences [T, 2, 0], of which the first has as many steps as said.
SizeUse with_length(std::string name, std::string expected, std::function<std::array<Size, 2>(Size)> steps_and_length,
                    Recording recording = Recording::gradients) {
  return {std::move(name), std::move(expected), [=](Size n) {
            const auto [steps, length] = steps_and_length(n);
            Tape<> tape(recording);
            const std::array lengths{length, Size{0}};
            const Sequence x{tape.input(Tensor<>({steps, 2, 0})), lengths};
            return unroll::run(Adder{0}, x.data, {.lengths = x.lengths}).outputs.shape() == x.data.shape();
          }};
}

std::vector<SizeUse> lengths() {
  const auto length = [](Size n) { return std::array<Size, 2>{1, n}; };
  const auto steps = [](Size n) { return std::array<Size, 2>{n, 1}; };
  return {
      with_length("run, lengths", "..xxxx", length),
      with_length("run, lengths, of values", "..xxxx", length, Recording::values),
      with_length("run, steps beside lengths", "x.xxxx", steps),
      with_length("run, steps beside lengths, of values", "x.xxxx", steps, Recording::values),
      {"run, lengths of two sequences", "..xxxx",
       [](Size n) {
         Tape<> tape;
         const std::array<Size, 2> both{n, 1};
         return unroll::run(Adder{1}, tape.input(Tensor<>({1, 2, 1}, 3)), {.lengths = both}).outputs.value()[0]
                == (n == 0 ? 0 : 3);
       }},
  };
}

/// Six steps with checkpoints: what run without them gives, on the way forward and back.
SizeUse with_budget(std::string name, std::string expected, std::function<Checkpoints(Size)> checkpoints_of) {
  return {std::move(name), std::move(expected), [=](Size n) {
            const GruCell<> gru({.inputs = 1, .hidden = 2}, random_numbers);
            std::array<Tensor<>, 2> outputs, gradients;
            for (const Size i : {0, 1}) {
              Tape<> tape;
              const auto x = tape.input(normal<float>(Random(2), {6, 2, 1}));
              const auto y = i == 0 ? unroll::run(gru, x).outputs
                                    : unroll::run(gru, x, {.checkpoints = checkpoints_of(n)}).outputs;
              outputs[i] = Tensor<>(y.value());
              tape.backward(sum(y));
              gradients[i] = Tensor<>(x.gradient());
            }
            for (Size i = 0; i < 12; ++i)
              if (!(std::abs(gradients[0][i] - gradients[1][i]) < 1e-5f)) return false;
            return outputs[0] == outputs[1];
          }};
}

/// [n, 0, 1] with checkpoints.
template <class Layer>
SizeUse with_checkpoints(std::string name, std::string expected, const Layer& layer, Recording recording) {
  return {std::move(name), std::move(expected), [=](Size n) {
            Tape<> tape(recording);
            const auto x = tape.input(Tensor<>({n, 0, 1}));
            const auto outputs = unroll::run(layer, x, {.checkpoints = Checkpoints()}).outputs;
            if (outputs.needs_gradient()) tape.backward(sum(outputs));
            return outputs.shape() == x.shape();
          }};
}

std::vector<SizeUse> budgets() {
  const auto of = [](auto... options) { return Checkpoints{options...}; };
  constexpr auto root = Checkpoints::square_root, binomial = Checkpoints::binomial;
  const Layers<Adder> layers({Adder{1}, Adder{1}});
  return {
      with_budget("Checkpoints, states", "......", [=](Size n) { return of(root, n); }),
      with_budget("Checkpoints, states, binomial", "......", [=](Size n) { return of(binomial, n); }),
      with_budget("Checkpoints, bytes", ".x....", [=](Size n) { return of(root, Size{0}, n); }),
      with_budget("Checkpoints, bytes, binomial", ".x....", [=](Size n) { return of(binomial, Size{0}, n); }),
      with_budget("Checkpoints, steps", "......", [=](Size n) { return of(root, Size{0}, Size{0}, n); }),
      with_budget("Checkpoints, steps, binomial", "......", [=](Size n) { return of(binomial, Size{0}, Size{0}, n); }),
      with_checkpoints("unroll with checkpoints, steps", "x.mmxx", Adder{1}, Recording::gradients),
      with_checkpoints("unroll with checkpoints, steps, of values", "x.....", Adder{1}, Recording::values),
      with_checkpoints("unroll with checkpoints, steps, of layers", "x.....", layers, Recording::values),
  };
}

}  // namespace

TEST_CASE("a place in time that was computed wrong is refused, or gone on from", "[sizes][error]") {
  expect_outcomes(places_in_time());
}

TEST_CASE("sequences of extents that were computed wrong are refused, or unrolled", "[sizes][error]") {
  expect_outcomes(extents());
}

TEST_CASE("lengths that were computed wrong are refused", "[sizes][error]") { expect_outcomes(lengths()); }

TEST_CASE("budgets of checkpoints of any size give what none give", "[sizes][error]") { expect_outcomes(budgets()); }
