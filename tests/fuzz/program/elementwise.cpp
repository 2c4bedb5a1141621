#include "step.hpp"
#include <unroll/ops.hpp>

#include <cmath>

/// Functions of each number alone, on paper and on the tape.
namespace fuzzing {

namespace {

using namespace unroll;

bool choose_one(Workbench& bench, Step& step) {
  step.of = {bench.any()};
  step.number = static_cast<double>(bench.choices().below(17)) / 4 - 2;
  step.seed = bench.choices().byte();
  return true;
}
bool choose_two(Workbench& bench, Step& step) {
  choose_one(bench, step);
  step.of.push_back(bench.of_shape(bench.shape(step.of[0])));
  return true;
}

/// f(number of each operand..., whether they are exact).
template <class Function>
auto each(Function function) {
  return [function](const Step& step, const Operands& in) {
    Array result{in[0]->shape, {}};
    bool exact = true;
    for (const Array* operand : in) exact = exact && operand->exact;
    for (std::size_t i = 0; i < in[0]->numbers.size(); ++i) {
      const auto number = [&](std::size_t k) { return in[k]->numbers[i]; };
      if constexpr (requires { function(step, Moving{}, Moving{}, exact); })
        result.numbers.push_back(function(step, number(0), number(1), exact));
      else
        result.numbers.push_back(function(step, number(0), exact));
    }
    mark_exact(result, in);
    return result;
  };
}
template <class Function>
Array inexact_each(const Array& x, Function function) {
  Array result{x.shape, {}};
  for (std::size_t i = 0; i < x.numbers.size(); ++i) result.numbers.push_back(function(i, x.numbers[i]));
  return result;
}

/// Both are exact only when no function of the real line is called.
template <class Function>
auto smooth(Function function) {
  return [function](const Step&, const Operands& in) {
    return inexact_each(*in[0], [&](std::size_t, Moving x) { return function(x); });
  };
}

Moving larger(Moving a, Moving b, bool exact) { return less(a, b, exact) ? b : a; }
Moving smaller(Moving a, Moving b, bool exact) { return less(b, a, exact) ? b : a; }

OpKind one(const char* name, auto on_paper, auto on_tape) { return op_kind(name, choose_one, on_paper, on_tape); }
OpKind two(const char* name, auto on_paper, auto on_tape) { return op_kind(name, choose_two, each(on_paper), on_tape); }

std::vector<OpKind> smooth_kinds() {
  return {
      one("tanh", smooth([](Moving x) { return tanh(x); }), [](const Step&, auto in) { return tanh(in[0]); }),
      one("sigmoid", smooth([](Moving x) { return sigmoid(x); }), [](const Step&, auto in) { return sigmoid(in[0]); }),
      one("exp", smooth([](Moving x) { return exp(x); }), [](const Step&, auto in) { return exp(in[0]); }),
      one("softplus", smooth([](Moving x) { return softplus(x); }),
          [](const Step&, auto in) { return softplus(in[0]); }),
      one("gelu", smooth([](Moving x) { return 0.5 * x * (1 + erf(x / std::sqrt(2.0))); }),
          [](const Step&, auto in) { return gelu(in[0]); }),
      one("log", smooth([](Moving x) { return log(x * x + 0.5); }),
          [](const Step&, auto in) { return log(square(in[0]) + 0.5); }),
      one("sqrt", smooth([](Moving x) { return sqrt(x * x + 0.25); }),
          [](const Step&, auto in) { return sqrt(square(in[0]) + 0.25); }),
      one("pow by a number", smooth([](Moving x) { return x * x * x; }),
          [](const Step&, auto in) { return pow(in[0], 3); }),
      two(
          "pow", [](const Step&, Moving x, Moving y, bool) { return exp(tanh(y) * log(x * x + 0.5)); },
          [](const Step&, auto in) { return pow(square(in[0]) + 0.5, tanh(in[1])); }),
  };
}

std::vector<OpKind> broken_kinds() {
  return {
      one("relu", each([](const Step&, Moving x, bool exact) { return less(0, x, exact) ? x : Moving(0); }),
          [](const Step&, auto in) { return relu(in[0]); }),
      one("leaky_relu", each([](const Step&, Moving x, bool exact) { return less(0, x, exact) ? x : 0.125 * x; }),
          [](const Step&, auto in) { return leaky_relu(in[0], 0.125f); }),
      one("elu", each([](const Step&, Moving x, bool exact) { return less(0, x, exact) ? x : 0.5 * expm1(x); }),
          [](const Step&, auto in) { return elu(in[0], 0.5f); }),
      one("abs", each([](const Step&, Moving x, bool exact) {
            return less(0, x, exact) ? x : less(x, 0, exact) ? -x : Moving(0);
          }),
          [](const Step&, auto in) { return abs(in[0]); }),
      one("clamp", each([](const Step&, Moving x, bool exact) {
            return less(x, -1, exact) ? Moving(-1) : less(0.5, x, exact) ? Moving(0.5) : x;
          }),
          [](const Step&, auto in) { return clamp(in[0], -1.0f, 0.5f); }),
      two(
          "maximum", [](const Step&, Moving x, Moving y, bool exact) { return larger(x, y, exact); },
          [](const Step&, auto in) { return maximum(in[0], in[1]); }),
      two(
          "minimum", [](const Step&, Moving x, Moving y, bool exact) { return smaller(x, y, exact); },
          [](const Step&, auto in) { return minimum(in[0], in[1]); }),
  };
}

std::vector<OpKind> arithmetic_kinds() {
  return {
      one("square", each([](const Step&, Moving x, bool) { return x * x; }),
          [](const Step&, auto in) { return square(in[0]); }),
      one("- x", each([](const Step&, Moving x, bool) { return -x; }), [](const Step&, auto in) { return -in[0]; }),
      one("x + number", each([](const Step& step, Moving x, bool) { return x + step.number; }),
          [](const Step& step, auto in) { return in[0] + step.number; }),
      one("number - x", each([](const Step& step, Moving x, bool) { return step.number - x; }),
          [](const Step& step, auto in) { return step.number - in[0]; }),
      one("number * x", each([](const Step& step, Moving x, bool) { return step.number * x; }),
          [](const Step& step, auto in) { return step.number * in[0]; }),
      one("x / 2", each([](const Step&, Moving x, bool) { return x * 0.5; }),
          [](const Step&, auto in) { return in[0] / 2; }),
      one("number / x", smooth([](Moving x) { return 2 / (x * x + 0.5); }),
          [](const Step&, auto in) { return 2 / (square(in[0]) + 0.5); }),
      two(
          "x + y", [](const Step&, Moving x, Moving y, bool) { return x + y; },
          [](const Step&, auto in) { return in[0] + in[1]; }),
      two(
          "x - y", [](const Step&, Moving x, Moving y, bool) { return x - y; },
          [](const Step&, auto in) { return in[0] - in[1]; }),
      two(
          "x * y", [](const Step&, Moving x, Moving y, bool) { return x * y; },
          [](const Step&, auto in) { return in[0] * in[1]; }),
      two(
          "x / y", [](const Step&, Moving x, Moving y, bool) { return x / (y * y + 0.5); },
          [](const Step&, auto in) { return in[0] / (square(in[1]) + 0.5); }),
  };
}

/// A lambda of three inputs and two results.
OpKind map_kind() {
  return op_kind(
      "map",
      [](Workbench& bench, Step& step) {
        choose_two(bench, step);
        step.of.push_back(bench.of_shape(bench.shape(step.of[0])));
        return true;
      },
      [](const Step&, const Operands& in) {
        const auto number = [&](std::size_t k, std::size_t i) { return in[k]->numbers[i]; };
        return Arrays{inexact_each(*in[0], [&](std::size_t i,
                                               Moving x) { return sigmoid(x) * number(1, i) + sin(number(2, i)); }),
                      inexact_each(*in[0], [&](std::size_t i, Moving x) { return cos(x) * tanh(number(1, i)); })};
      },
      [](const Step&, auto in) {
        return map(
            "both",
            [](auto x, auto y, auto z) {
              return std::tuple{sigmoid(x) * y + sin(z), cos(x) * tanh(y)};
            },
            in[0], in[1], in[2]);
      });
}

/// Whether an element is dropped: decided by 32 bits of its own.
bool is_dropped(const Step& step, std::size_t i) {
  return Random(step.seed).bits(i) < static_cast<std::uint64_t>(std::ldexp(step.number, 32));
}
bool choose_rate(Workbench& bench, Step& step) {
  step.number = static_cast<double>(1 + bench.choices().below(14)) / 16;
  return true;
}

std::vector<OpKind> random_kinds() {
  return {
      op_kind(
          "dropout", [](Workbench& bench, Step& step) { return choose_one(bench, step) && choose_rate(bench, step); },
          [](const Step& step, const Operands& in) {
            return inexact_each(*in[0], [&](std::size_t i, Moving x) {
              return is_dropped(step, i) ? Moving(0) : x / (1 - step.number);
            });
          },
          [](const Step& step, auto in) { return dropout(in[0], step.number, Random(step.seed)); }),
      op_kind(
          "sequence_dropout",
          [](Workbench& bench, Step& step) {
            choose_one(bench, step);
            return bench.shape(step.of[0]).size() >= 2 && choose_rate(bench, step);
          },
          [](const Step& step, const Operands& in) {
            const Extents& shape = in[0]->shape;
            const std::size_t width = shape[0] == 0 ? 1 : size_of(shape) / shape[0];
            return inexact_each(*in[0], [&](std::size_t i, Moving x) {
              return is_dropped(step, i % width) ? Moving(0) : x / (1 - step.number);
            });
          },
          [](const Step& step, auto in) { return sequence_dropout(in[0], step.number, Random(step.seed)); }),
      op_kind(
          "zoneout", [](Workbench& bench, Step& step) { return choose_two(bench, step) && choose_rate(bench, step); },
          [](const Step& step, const Operands& in) {
            Array result = inexact_each(
                *in[0], [&](std::size_t i, Moving next) { return is_dropped(step, i) ? in[1]->numbers[i] : next; });
            mark_exact(result, in);
            return result;
          },
          [](const Step& step, auto in) { return zoneout(in[0], in[1], step.number, Random(step.seed)); }),
      op_kind(
          "zoneout_mean",
          [](Workbench& bench, Step& step) { return choose_two(bench, step) && choose_rate(bench, step); },
          [](const Step& step, const Operands& in) {
            return inexact_each(*in[0], [&](std::size_t i, Moving next) {
              return step.number * in[1]->numbers[i] + (1 - step.number) * next;
            });
          },
          [](const Step& step, auto in) { return zoneout_mean(in[0], in[1], step.number); })};
}

/// Every third element of the second, the others of the first.
OpKind where_kind() {
  return op_kind(
      "where", choose_two,
      [](const Step& step, const Operands& in) {
        Array result = inexact_each(
            *in[0], [&](std::size_t i, Moving yes) { return (i + step.seed) % 3 == 0 ? in[1]->numbers[i] : yes; });
        mark_exact(result, in);
        return result;
      },
      []<class Scalar>(const Step& step, const Nodes<Scalar>& in) {
        Tensor<Scalar> condition(in[0].shape());
        for (std::size_t i = 0; i < condition.size(); ++i) condition[i] = (i + step.seed) % 3 == 0 ? 0 : 1;
        return where(condition, in[0], in[1]);
      });
}

}  // namespace

std::vector<OpKind> elementwise_kinds() {
  std::vector<OpKind> all{map_kind(), where_kind()};
  for (auto& family : {smooth_kinds(), broken_kinds(), arithmetic_kinds(), random_kinds()})
    all.insert(all.end(), family.begin(), family.end());
  return all;
}

}  // namespace fuzzing
