#include "support/model_sizes.hpp"
#include <unroll/models/sequences/run.hpp>

#include <array>
#include <numeric>
#include <ranges>

// Truncated backpropagation and real-time recurrent learning: windows, chunks and tapes, and the components and numbers
// of influences. How the list was made: support/model_sizes.hpp.

using namespace unroll;
using namespace unroll::testing;

namespace {

/// Records one step of a cell as a chunk of so many.
void record_chunk(TruncatedBackpropagation<>& truncated, const GruCell<>& cell, Size batch, Size steps) {
  truncated.record(cell, batch, steps, [&](Tape<>& tape, const auto& state) {
    const auto next = unroll::run(cell, tape.zeros({1, batch, 1}), {.state = state});
    return std::pair{sum(next.outputs), next.state};
  });
}

/// Whether three chunks are recorded and learned from: swept at the end, or at every step as k1 = 1 says.
bool learns(const Truncation& truncation) {
  GruCell<> cell({.inputs = 1, .hidden = 2}, random_numbers);
  const Parameters<> parameters(cell);
  TruncatedBackpropagation<> truncated(truncation);
  int sweeps = 0;
  for (int chunk = 0; chunk < 3; ++chunk) {
    record_chunk(truncated, cell, 1, 1);
    if (chunk == 2 || truncated.chunk() > 1) truncated.end_sequence();
    if (!truncated.due()) continue;
    truncated.backward(parameters);
    for (auto& weight : cell.weights.hidden_bias.mutable_value()) weight += 1;
    ++sweeps;
  }
  return sweeps == (truncation.k1 == 1 || truncated.chunk() > 1 ? 3 : 1) && cell.weights.hidden_bias.gradient()[0] != 0;
}

std::vector<SizeUse> windows() {
  static GruCell<> gru({.inputs = 1, .hidden = 1}, random_numbers);
  const auto swept = [] {
    TruncatedBackpropagation<> truncated({.k1 = 1, .k2 = 1});
    record_chunk(truncated, gru, 1, 1);
    truncated.sweep(parameters_of<float>(gru));
    return truncated;
  };
  return {
      {"Truncation::chunk, k1", "x.....",
       [](Size n) {
         return Truncation{n, 6}.chunk() == std::gcd(n, Size{6});
       }},
      {"Truncation::chunk, k2", "x.....",
       [](Size n) {
         return Truncation{6, n}.chunk() == std::gcd(n, Size{6});
       }},
      {"TruncatedBackpropagation, k1", "x.....", [](Size n) { return learns({.k1 = n, .k2 = 4}); }},
      {"TruncatedBackpropagation, k2", "x.....", [](Size n) { return learns({.k1 = 1, .k2 = n}); }},
      {"TruncatedBackpropagation, both", "x.....", [](Size n) { return learns({.k1 = n, .k2 = n}); }},
      {"TruncatedBackpropagation::record, batch", "..mmxx",
       [=](Size n) {
         TruncatedBackpropagation<> truncated({.k1 = 1, .k2 = 1});
         record_chunk(truncated, gru, n, 1);
         return truncated.state().values()[0].shape()[0] == n;
       }},
      {"TruncatedBackpropagation::record, steps", "x.xxxx",
       [=](Size n) {
         TruncatedBackpropagation<> truncated({.k1 = 4, .k2 = 4});
         record_chunk(truncated, gru, 1, n);
         return truncated.steps() == n;
       }},
      {"TruncatedBackpropagation::record, steps in all", "x....x",
       [=](Size n) {
         TruncatedBackpropagation<> truncated({.k1 = n, .k2 = n});
         record_chunk(truncated, gru, 1, n);
         truncated.sweep(parameters_of<float>(gru));
         record_chunk(truncated, gru, 1, n);
         return truncated.steps() == 2 * n;
       }},
      {"TruncatedBackpropagation::tape", ".xxxxx",
       [=](Size n) { return swept().tape(n).uses(gru.weights.hidden_weight); }},
      {"SweptTapes::operator[]", "..xxxx",
       [=](Size n) {
         std::array<TruncatedBackpropagation<>, 3> windows{swept(), TruncatedBackpropagation<>({1, 1}), swept()};
         return &swept_tapes(windows)[n] == &windows[n == 0 ? 0 : 2].tape(0);
       }},
  };
}

/// A wide state, and one number that learns.
struct Wide {
  using State = HiddenState<>;
  Parameter<> weight{Tensor<>({1}, 1)};
  Size width = 20000;
  Size hidden_size() const { return width; }
  State step(Variable<> input, const State& previous) const { return {previous.hidden + input}; }
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};

std::vector<SizeUse> online_learning() {
  constexpr auto snap = RtrlApproximation::snap_1;
  const auto learns = [](const RtrlOptions& options) {
    GruCell<> cell({.inputs = 1, .hidden = 2}, random_numbers);
    Rtrl learner(cell, options);
    learner.advance(Tensor<>({1, 1}, 1));
    return learner.kept_entries() > 0;
  };
  const auto is_made = [](const RtrlOptions& options) {
    Wide model;
    return Rtrl(model, options).components() == model.width;
  };
  return {
      {"Rtrl, memory_limit", "xx....", [=](Size n) { return learns({.memory_limit = n}); }},
      {"Rtrl, memory_limit, SnAp-1", "xx....",
       [=](Size n) { return learns({.approximation = snap, .memory_limit = n}); }},
      {"Rtrl, memory_limit beyond memory", "xxxmmm", [=](Size n) { return is_made({.memory_limit = n}); }},
      {"Rtrl, memory_limit beyond memory, SnAp-1", "xxxmmm",
       [=](Size n) { return is_made({.approximation = snap, .memory_limit = n}); }},
      {"Rtrl::advance, another width", "x.xxxx",
       [](Size n) {
         GruCell<> cell({.inputs = 1, .hidden = 2}, random_numbers);
         Rtrl learner(cell);
         const Tensor<> input({1, 1}, 1);
         learner.advance(input);
         learner.advance({input.data(), {1, n}});
         return learner.steps() == 2;
       }},
  };
}

using Sizes = std::vector<Size>;

std::vector<SizeUse> patterns() {
  const auto found = [](Size component, Size parameter) {
    InfluencePattern pattern(2, Sizes{1, 1});
    const float gradient = 1;
    return pattern.add(component, parameter, &gradient) == 1 && pattern.entries() == 1;
  };
  return {
      {"InfluencePattern, components", "..mxxx",
       [](Size n) { return InfluencePattern(n, Sizes{1}).components() == n; }},
      {"InfluencePattern, size", "...xxx", [](Size n) { return InfluencePattern(1, Sizes{n}).size(0) == n; }},
      {"InfluencePattern::add, component", "..xxxx", [=](Size n) { return found(n, 0); }},
      {"InfluencePattern::add, parameter", "..xxxx", [=](Size n) { return found(0, n); }},
      {"InfluencePattern::size", "..xxxx",
       [](Size n) {
         return InfluencePattern(1, Sizes{7, 7}).size(n) == 7;
       }},
      {"InfluencePattern::by_number", "..xxxx",
       [](Size n) {
         return InfluencePattern(1, Sizes{7, 7}).by_number(n).of(6).empty();
       }},
      {"InfluencePattern::by_number, size", "..mxxx",
       [](Size n) { return InfluencePattern(1, Sizes{n}).by_number(0).components.empty(); }},
      {"ByNumber::of", "..xxxx", [](Size n) { return InfluencePattern(1, Sizes{2}).by_number(0).of(n).empty(); }},
  };
}

std::vector<SizeUse> influences() {
  const auto of_pattern = [](bool together) {
    return [=](Size n) {
      return Influence<float>(InfluencePattern(n, Sizes{}), together ? Sweeps::shared : Sweeps::one_by_one).components()
             == n;
    };
  };
  return {
      {"Influence, components", "..mmxx", [](Size n) { return Influence<float>(n, Sizes{1}).entries() == n; }},
      {"Influence, components of no numbers", "..mmxx",
       [](Size n) { return Influence<float>(n, Sizes{}).sweeps() == n; }},
      {"Influence, size", "..mmxx", [](Size n) { return Influence<float>(1, Sizes{n}).entries() == n; }},
      {"Influence, four sizes", "..mmxx",
       [](Size n) {
         return Influence<float>(1, Sizes{n, n, n, n}).entries() == 4 * n;
       }},
      {"Influence, sizes of no components", "..mmxx",
       [](Size n) {
         return Influence<float>(0, Sizes{n, n, n, n}).entries() == 0;
       }},
      {"Influence of a pattern", "..mxxx", of_pattern(false)},
      {"Influence of a pattern, together", "..mxxx", of_pattern(true)},
      {"Influence::sweep", ".xxxxx", [](Size n) { return Influence<float>(1, Sizes{1}).sweep(n).size() == 1; }},
      {"Influence::put_immediate", ".xxxxx",
       [](Size n) { return Influence<float>(1, Sizes{1}).put_immediate(n, std::array<const float*, 1>{}), true; }},
      {"Influence::of, parameter", "..xxxx",
       [](Size n) {
         return Influence<float>(2, Sizes{3, 3}).of(n, 3).shape() == Shape{2, 3};
       }},
      {"Influence::of, size", "x.xxxx",
       [](Size n) {
         return Influence<float>(2, Sizes{1}).of(0, n).shape() == Shape{2, 1};
       }},
  };
}

/// Sweeps of a step h' = 2 h of two components.
bool sweeps_of(Size component, Size row) {
  Tape<> tape;
  const std::array before{tape.input(Tensor<>({1, 2}, 1))}, after{before[0] * 2};
  StepJacobian<float> sweeps(before, {});
  std::array<float, 4> jacobian{};
  sweeps.sweep(tape, after, std::array{component});
  sweeps.put_rows(before, std::array{row}, jacobian.data());
  return jacobian[3 * component] == 2;
}

std::vector<SizeUse> step_jacobian() {
  const auto of_shape = [](const Shape& shape) {
    Tape<> tape;
    const std::array state{tape.input(Tensor<>(shape))};
    return StepJacobian<float>(state, {}).components();
  };
  return {
      {"StepJacobian, rows", "......",
       [=](Size n) {
         return of_shape({n, 0}) == 0;
       }},
      {"StepJacobian, components", "......",
       [=](Size n) {
         return of_shape({0, n}) == n;
       }},
      {"StepJacobian, components of two", ".....x",
       [](Size n) {
         Tape<> tape;
         const std::array state{tape.input(Tensor<>({0, n})), tape.input(Tensor<>({0, n}))};
         return StepJacobian<float>(state, {}).components() == 2 * n;
       }},
      {"StepJacobian::first_of", ".xxxxx",
       [](Size n) {
         Tape<> tape;
         const std::array state{tape.input(Tensor<>({1, 2}))};
         return StepJacobian<float>(state, {}).first_of(n) == 0;
       }},
      {"StepJacobian::sweep, component", "..xxxx", [](Size n) { return sweeps_of(n, n == 0 ? 0 : 1); }},
      {"StepJacobian::put_rows, component", "..xxxx", [](Size n) { return sweeps_of(n == 1 ? 1 : 0, n); }},
  };
}

}  // namespace

TEST_CASE("windows, chunks and tapes of a number that was computed wrong are refused, or learned from",
          "[sizes][error]") {
  expect_outcomes(windows());
}

TEST_CASE("an online learner stays within any limit of memory", "[sizes][error]") {
  expect_outcomes(online_learning());
}

TEST_CASE("influences of sizes that were computed wrong are refused, or kept", "[sizes][error]") {
  expect_outcomes(patterns());
  expect_outcomes(influences());
}

TEST_CASE("sweeps of components that do not exist are refused", "[sizes][error]") { expect_outcomes(step_jacobian()); }
