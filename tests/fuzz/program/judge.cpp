#include "judge.hpp"

#include "recorded.hpp"
#include <unroll/framework/tensor/random.hpp>
#include <unroll/ops.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fuzzing {

namespace {

using namespace unroll;

struct Disagreement {
  std::string what;
};

double value_of(double x) { return x; }
double value_of(float x) { return static_cast<double>(x); }
double value_of(DualNumber x) { return x.value; }

bool is_close(double a, double b, double tolerance, double scale) {
  return std::abs(a - b) <= tolerance * std::max({1.0, std::abs(a), std::abs(b), scale});
}
void expect_close(double found, double expected, double tolerance, double scale, const std::string& what) {
  if (!is_close(found, expected, tolerance, scale))
    throw Disagreement{fmt::format("{}: {:.17g} found, {:.17g} expected", what, found, expected)};
}

template <class Scalar>
using Gradients = std::vector<std::vector<Scalar>>;

template <class Scalar>
double largest(const Gradients<Scalar>& gradients) {
  double most = 0;
  for (const auto& gradient : gradients)
    for (const Scalar number : gradient) most = std::max(most, std::abs(value_of(number)));
  return most;
}

template <class Found, class Expected>
void compare_gradients(const Gradients<Found>& found, const Gradients<Expected>& expected, double tolerance,
                       const char* what) {
  const double scale = largest(expected);
  for (std::size_t node = 0; node < expected.size(); ++node)
    for (std::size_t i = 0; i < expected[node].size(); ++i)
      expect_close(value_of(found[node][i]), value_of(expected[node][i]), tolerance, scale,
                   fmt::format("{}: gradient of node {} at {}", what, node, i));
}

void expect_same_bits(const Gradients<double>& found, const Gradients<double>& expected, const char* what) {
  for (std::size_t node = 0; node < expected.size(); ++node)
    for (std::size_t i = 0; i < expected[node].size(); ++i)
      if (!(found[node][i] == expected[node][i]))
        throw Disagreement{fmt::format("{}: gradient of node {} at {}: {:.17g} found, {:.17g} before", what, node, i,
                                       found[node][i], expected[node][i])};
}

/// Every node's shape and numbers against paper.
template <class Scalar>
void compare_values(const Program& program, const Recorded<Scalar>& recorded, double tolerance, const char* what) {
  for (std::size_t node = 0; node < program.nodes.size(); ++node) {
    const Array& expected = program.nodes[node];
    const auto view = recorded.nodes()[node].value();
    if (!(view.shape() == to_shape(expected.shape)))
      throw Disagreement{fmt::format("{}: node {} has the shape {}", what, node, unroll::to_string(view.shape()))};
    for (std::size_t i = 0; i < view.size(); ++i)
      expect_close(value_of(view[i]), expected.numbers[i].value, tolerance, 0,
                   fmt::format("{}: value of node {} at {}", what, node, i));
  }
}

/// The numbers of each op against paper, given those that float found for its operands: rounding does not add up.
void compare_floats(const Program& program, const Recorded<float>& recorded) {
  const auto array_of = [&](std::size_t node) {
    Array array{program.nodes[node].shape, {}};
    for (const float number : recorded.nodes()[node].value()) array.numbers.emplace_back(value_of(number));
    return array;
  };
  std::size_t node = 0;
  for (const auto& item : program.items) {
    if (std::holds_alternative<LeafNode>(item)) {
      ++node;
      continue;
    }
    const auto& step = std::get<Step>(item);
    Arrays operands;
    Operands pointers;
    double scale = 1;
    for (const std::size_t of : step.of) operands.push_back(array_of(of));
    for (const Array& operand : operands) {
      pointers.push_back(&operand);
      for (const Moving number : operand.numbers) scale = std::max(scale, std::abs(number.value));
    }
    for (const Array& expected : step.op->on_paper(step, pointers)) {
      const auto view = recorded.nodes()[node].value();
      for (std::size_t i = 0; i < view.size(); ++i)
        expect_close(value_of(view[i]), expected.numbers[i].value, 2e-5 * step.op->rounding, scale * scale,
                     fmt::format("in float: value of node {} at {}", node, i));
      ++node;
    }
  }
}

/// Reverse mode against paper: the gradients' product with the direction.
void compare_slope(const Program& program, const Recorded<double>& recorded, const Gradients<double>& gradients) {
  double slope = 0, magnitude = program.slope_magnitude;
  for (std::size_t node = 0; node < gradients.size(); ++node) {
    const Random aside = Random(program.numbers_seed).split(node).split(2);
    for (std::size_t i = 0; i < gradients[node].size(); ++i) {
      const double term = gradients[node][i] * (program.kept[node] ? aside.normal(i) : recorded.speed(node, i));
      slope += term;
      magnitude += std::abs(term);
    }
  }
  expect_close(slope, program.slope, program.tolerance, magnitude, "gradients along a direction");
}

/// Forward mode on the tape against paper, and forward over reverse against reverse.
Gradients<DualNumber> compare_duals(const Program& program, const Gradients<double>& gradients,
                                    std::uint64_t other_direction) {
  Tape<DualNumber> tape;
  Recorded<DualNumber> recorded(program, tape, other_direction);
  const bool keeps = std::find(program.kept.begin(), program.kept.end(), true) != program.kept.end();
  compare_values(program, recorded, program.tolerance, "in duals");
  if (!keeps && other_direction == 0 && !program.undecided)
    for (std::size_t node = 0; node < program.nodes.size(); ++node) {
      const auto view = recorded.nodes()[node].value();
      for (std::size_t i = 0; i < view.size(); ++i)
        expect_close(view[i].tangent, program.nodes[node].numbers[i].speed, program.tolerance, 0,
                     fmt::format("forward mode: tangent of node {} at {}", node, i));
    }
  if (program.seeds.empty()) return {};
  recorded.sweep();
  auto found = recorded.gradients();
  if (!program.undecided) compare_gradients(found, gradients, program.tolerance, "forward over reverse");
  return found;
}

/// u · H v = v · H u.
void compare_hessians(const Program& program, const Gradients<double>& gradients) {
  const auto product = compare_duals(program, gradients, 0);
  if (program.seeds.empty() || program.undecided || program.numbers_seed % 4 != 0) return;
  const std::uint64_t direction = program.numbers_seed + 77;
  const auto other = compare_duals(program, gradients, direction);
  double here = 0, there = 0, magnitude = 0;
  for (std::size_t node = 0; node < product.size(); ++node) {
    if (program.kept[node]) continue;
    const Random random = Random(direction).split(node);
    Random own = Random(program.numbers_seed).split(node).split(1);
    for (std::size_t i = 0; i < product[node].size(); ++i) {
      here += product[node][i].tangent * random.normal(i);
      there += other[node][i].tangent * own.normal(i);
      magnitude +=
          std::abs(product[node][i].tangent * random.normal(i)) + std::abs(other[node][i].tangent * own.normal(i));
    }
  }
  expect_close(here, there, 10 * program.tolerance, magnitude, "the Hessian is symmetric");
}

/// Memory that is not zero by chance.
void make_dirty(Tape<double>& tape) {
  for (int i = 0; i < 8; ++i) std::ranges::fill(tape.scratch<double>(500), std::numeric_limits<double>::quiet_NaN());
  tape.clear();
}

/// The same program on a tape that serves again, with other settings, with every value read, swept twice, and by way of
/// the parameters' own gradients.
void compare_ways(const Program& program, const Gradients<double>& expected) {
  Tape<double> tape;
  make_dirty(tape);
  {
    Recorded<double> again(program, tape);
    if (program.seeds.empty()) return;
    again.sweep();
    expect_same_bits(again.gradients(), expected, "on a tape that serves again");
  }
  tape.clear();
  {
    tape.set_gathered_rows(program.gathered_rows);
    tape.set_checked(program.checked);
    tape.set_repeatable(program.repeatable);
    Recorded<double> other(program, tape);
    compare_values(program, other, program.tolerance, "in double");
    other.sweep();
    const auto found = other.gradients();
    if (!program.undecided)
      compare_gradients(found, expected, program.tolerance, "with other settings and every value read");
    if (program.repeatable) {
      tape.forget_gradients();
      other.sweep();
      expect_same_bits(other.gradients(), found, "swept again");
    }
  }
  tape.clear();
  tape.set_repeatable(false);
  Recorded<double> last(program, tape);
  if (last.sweep_into_parameters() && !program.undecided)
    compare_gradients(last.gradients(), expected, program.tolerance, "into parameters");
}

void compare_all(const Program& program) {
  Tape<double> tape;
  Recorded<double> first(program, tape);
  Gradients<double> gradients(program.nodes.size());
  if (!program.seeds.empty()) {
    first.sweep();
    gradients = first.gradients();
    if (!program.undecided) compare_slope(program, first, gradients);
  }
  compare_ways(program, gradients);

  Tape<double> values_only(Recording::values);
  compare_values(program, Recorded<double>(program, values_only), program.tolerance, "recording values only");
  compare_hessians(program, gradients);

  Tape<float> floats;
  Recorded<float> in_float(program, floats);
  compare_floats(program, in_float);
  if (program.seeds.empty()) return;
  in_float.sweep();
  if (!program.undecided_in_float) compare_gradients(in_float.gradients(), gradients, 2e-2, "in float");
}

}  // namespace

std::optional<std::string> disagreement(const Program& program) {
  try {
    compare_all(program);
    return std::nullopt;
  } catch (const Disagreement& found) {
    return found.what;
  } catch (const std::exception& error) {
    return fmt::format("an exception: {}", error.what());
  }
}

}  // namespace fuzzing
