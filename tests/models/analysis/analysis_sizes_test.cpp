#include "support/model_sizes.hpp"

#include <cmath>

// What looks at gradients: Jacobians of steps and of sequences, norms, decays and verdicts. How the list was made:
// support/model_sizes.hpp. Left out is a large `steps` where distances are many: the products go over all of them.

using namespace unroll;
using namespace unroll::testing;

namespace {

/// Whether numbers go up from 1 at the earliest to `last` in steps that differ by 1 at most.
bool are_even(const std::vector<Size>& numbers, Size last, Size count) {
  if (numbers.size() != std::min(last, count)) return false;
  if (numbers.empty()) return true;
  const Size step = last / numbers.size();
  Size before = 0;
  for (const Size number : numbers) {
    if (number - before != step && number - before != step + 1) return false;
    before = number;
  }
  return before == last;
}

/// Steps that halve the state; a step that is not there makes NaN.
StepProducts<float> halving(Size steps, Size sequences, Size width) {
  const auto halve = [=](Size step, Tensor<float>& rows) {
    for (float& number : rows) number = step > 0 && step < steps ? number / 2 : std::nanf("");
  };
  return {.steps = steps, .sequences = sequences, .width = width, .pull_back = halve, .push_forward = halve};
}

bool is_half(const JacobianNorm& found) {
  return std::abs(found.norm - 0.5) < 1e-5 && std::abs(found.largest - 0.5) < 1e-5;
}

std::vector<SizeUse> norms() {
  return {
      {"evenly_spaced, last", "......", [](Size n) { return are_even(evenly_spaced(n, 7), n, 7); }},
      {"evenly_spaced, count", "......", [](Size n) { return are_even(evenly_spaced(7, n), 7, n); }},
      {"evenly_spaced, both", "..mmxx", [](Size n) { return are_even(evenly_spaced(n, n), n, n); }},
      {"jacobian_norms, steps", "......",
       [](Size n) {
         const auto found = jacobian_norms(halving(n, 1, 2), {.ends = 3, .distances = 0});
         if (n < 2) return found.empty();
         return found.size() == 3 && found[2].end == n - 1 && std::all_of(found.begin(), found.end(), is_half);
       }},
      {"jacobian_norms, steps, by power iteration", "......",
       [](Size n) {
         const auto found = jacobian_norms(halving(n, 1, 2), {.ends = 3, .distances = 0, .exact_width = 0});
         return n < 2 ? found.empty() : found.size() == 3 && std::all_of(found.begin(), found.end(), is_half);
       }},
      {"jacobian_norms, sequences", "..mmxx",
       [](Size n) { return jacobian_norms(halving(3, n, 2)).size() == (n == 0 ? 0 : 3); }},
      {"jacobian_norms, sequences, by power iteration", "..mmxx",
       [](Size n) { return jacobian_norms(halving(3, n, 2), {.exact_width = 0}).size() == (n == 0 ? 0 : 3); }},
      {"jacobian_norms, width", "..mmxx",
       [](Size n) { return jacobian_norms(halving(3, 1, n)).size() == (n == 0 ? 0 : 3); }},
      {"jacobian_norms, width, exact", "..xxxx",
       [](Size n) { return jacobian_norms(halving(3, 1, n), {.exact_width = ~Size{0}}).size() == (n == 0 ? 0 : 3); }},
      {"jacobian_norms, ends", "......",
       [](Size n) {
         const auto found = jacobian_norms(halving(4, 1, 2), {.ends = n});
         return found.size() == (n == 0 ? 0 : n == 1 ? 3 : 6);
       }},
      {"jacobian_norms, distances", "......",
       [](Size n) {
         const auto found = jacobian_norms(halving(4, 1, 2), {.distances = n});
         return found.size() == (n == 0 ? 3 : n == 1 ? 4 : 6);
       }},
      {"jacobian_norms, exact_width", "......",
       [](Size n) {
         const auto found = jacobian_norms(halving(2, 1, 2), {.exact_width = n});
         return found.size() == 1 && is_half(found[0]);
       }},
      {"spectral_norm, rows", "......",
       [](Size n) {
         return spectral_norm(Tensor<>({n, 0})) == 0;
       }},
      {"spectral_norm, columns", "......",
       [](Size n) {
         return spectral_norm(Tensor<>({0, n})) == 0;
       }},
  };
}

/// One step of one sequence.
StatePath<float> path_of(Size width) {
  return {Tensor<>({1, 1, width}), {{Tensor<>({1, width})}, {Tensor<>({1, width})}}};
}

/// Rows that go over a step of such a path, which leaves them as they are.
bool goes_over(Size sequences, Size step, const Shape& rows, bool back, Size width = 1) {
  const auto path = path_of(width);
  PathJacobians<Adder, float> steps(Adder{width}, path, sequences);
  Tensor<> moved(rows, 3);
  back ? steps.pull_back(step, moved) : steps.push_forward(step, moved);
  return moved.shape() == rows
         && std::all_of(moved.begin(), moved.end(), [](float x) { return std::abs(x - 3) < 0.1f; });
}

std::vector<SizeUse> path_jacobians() {
  const auto of_batch = [](Size n) {
    const StatePath<float> path{Tensor<>({1, n, 0}), {{Tensor<>({n, 0})}, {Tensor<>({n, 0})}}};
    return PathJacobians<Adder, float>(Adder{0}, path, 3).products();
  };
  std::vector<SizeUse> uses{
      {"PathJacobians, sequences", "......",
       [](Size n) {
         const auto path = path_of(1);
         return PathJacobians<Adder, float>(Adder{1}, path, n).products().sequences == (n == 0 ? 0 : 1);
       }},
      {"PathJacobians, steps of the path", "x.xxxx",
       [](Size n) {
         const StatePath<float> path{Tensor<>({n, 0, 1}), {{Tensor<>({0, 1})}, {Tensor<>({0, 1})}}};
         return PathJacobians<Adder, float>(Adder{1}, path, 1).products().steps == n;
       }},
      {"PathJacobians, batch of the path", "......",
       [=](Size n) { return of_batch(n).sequences == std::min<Size>(n, 3) && jacobian_norms(of_batch(n)).empty(); }},
  };
  for (const bool back : {true, false}) {
    const std::string name = back ? "pull_back" : "push_forward";
    uses.push_back({name + ", sequences", "x.....", [=](Size n) { return goes_over(n, 0, {2, 1}, back); }});
    uses.push_back({name + ", step", ".xxxxx", [=](Size n) { return goes_over(1, n, {2, 1}, back); }});
    uses.push_back({name + ", rows", "......", [=](Size n) { return goes_over(1, 0, {n, 0}, back, 0); }});
    uses.push_back({name + ", width of rows", "x.xxxx", [=](Size n) {
                      return goes_over(1, 0, {n == 1 ? Size{1} : 0, n}, back);
                    }});
  }
  return uses;
}

Variable<> sum_of(Variable<> outputs) { return sum(outputs); }

/// A cell of a width of 0 that learns nothing, though it has a parameter.
struct NoUnits {
  using State = HiddenState<>;
  Parameter<> bias{Tensor<>({0})};
  Size hidden_size() const { return 0; }
  State step(Variable<> input, const State& previous) const { return {add_bias(previous.hidden + input, bias)}; }
  static void members(auto& self, auto&& visit) { visit("bias", self.bias); }
};

/// What gradient_flow says of three steps of one sequence.
SizeUse flow_with(std::string name, std::string expected, std::function<void(GradientFlowOptions&, Size)> set,
                  std::function<Size(Size)> jacobians) {
  return {std::move(name), std::move(expected), [=](Size n) {
            const GruCell<> gru({.inputs = 1, .hidden = 2}, random_numbers);
            GradientFlowOptions options;
            set(options, n);
            const auto flow = gradient_flow(gru, normal<float>(Random(2), {3, 1, 1}), sum_of, options);
            return flow.layers[0].jacobians.size() == jacobians(n) && !verdict(flow).empty();
          }};
}

std::vector<SizeUse> flows() {
  const auto three = [](Size n) -> Size { return n == 0 ? 0 : 3; };
  const auto of_inputs = [](const Shape& shape) {
    const auto flow = gradient_flow(NoUnits(), Tensor<>(shape), sum_of);
    return flow.steps == shape[0] && flow.batch == shape[1] && !verdict(flow).empty();
  };
  return {
      flow_with(
          "gradient_flow, sequences", "......", [](auto& options, Size n) { options.sequences = n; }, three),
      flow_with(
          "gradient_flow, ends", "......", [](auto& options, Size n) { options.jacobians.ends = n; },
          [](Size n) -> Size { return n == 0   ? 0
                                      : n == 1 ? 2
                                               : 3; }),
      flow_with(
          "gradient_flow, distances", "......", [](auto& options, Size n) { options.jacobians.distances = n; },
          [](Size n) -> Size { return n == 0 ? 2 : 3; }),
      flow_with(
          "gradient_flow, exact_width", "......", [](auto& options, Size n) { options.jacobians.exact_width = n; },
          [](Size) -> Size { return 3; }),
      {"gradient_flow, steps", "xxxxxx",
       [=](Size n) {
         return of_inputs({n, 0, 0});
       }},
      {"gradient_flow, batch", "x....x",
       [=](Size n) {
         return of_inputs({2, n, 0});
       }},
      {"kind_of, steps", "......",
       [](Size n) {
         LayerFlow layer;
         layer.decay = {.per_step = 0.5, .points = 2};
         return kind_of(layer, n) == (n < 2 ? FlowKind::unknown : FlowKind::vanishing);
       }},
      {"verdict, steps", "......",
       [](Size n) {
         GradientFlow flow;
         flow.steps = n;
         flow.layers.emplace_back().decay = {.per_step = 2, .points = 2};
         return verdict(flow).find(n < 2 ? "too short" : "explode") != std::string::npos;
       }},
      {"by_distance", "......",
       [](Size n) {
         const auto found = by_distance({{.end = n, .distance = n, .norm = 0.5, .largest = 1}});
         return found.size() == 1 && found[0].distance == n && found[0].norm == 0.5;
       }},
      {"fit_decay", "......",
       [](Size n) {
         const double norm = std::exp(-static_cast<double>(n) * 1e-19);
         const auto decay = fit_decay({{.end = n, .distance = n, .norm = norm, .largest = 1},
                                       {.end = n, .distance = 0, .norm = 1, .largest = 1}});
         return n == 0 ? decay.points == 0 : decay.points == 2 && std::abs(decay.per_step - 1) < 1e-9;
       }},
      {"fit_decay, gone", "......",
       [](Size n) {
         return fit_decay({{.end = n, .distance = n, .norm = 0, .largest = 0}}).gone.has_value() == (n > 0);
       }},
      {"within_bound", "......",
       [](Size n) {
         LayerFlow layer;
         layer.jacobians.push_back({.end = n, .distance = n, .norm = 0, .largest = 0});
         layer.bound = 0.5;
         return within_bound(layer);
       }},
      {"DenormalCount::share", "......",
       [](Size n) {
         return DenormalCount{.values = n, .gradients = 0, .numbers = n}.fraction() == (n == 0 ? 0 : 0.5);
       }},
      {"Clipping::share", "......",
       [](Size n) { return Clipping{.windows = n, .clipped = n}.fraction() == (n == 0 ? 0 : 1); }},
      {"describe, gone", "......",
       [](Size n) { return describe(Decay{.per_step = 0, .gone = n}).find("are gone after") == 0; }},
  };
}

}  // namespace

TEST_CASE("norms of Jacobians of sizes that were computed wrong are refused, or right", "[sizes][error]") {
  expect_outcomes(norms());
}

TEST_CASE("steps and rows that a path has not are refused", "[sizes][error]") { expect_outcomes(path_jacobians()); }

TEST_CASE("gradient flow is right for options of any size, and refuses an empty batch", "[sizes][error]") {
  expect_outcomes(flows());
}
