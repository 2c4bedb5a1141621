#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/random.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>

namespace unroll::inline v0 {

namespace {

/// The address of a number that the check moves, and the gradient that the tape found for it.
struct Coordinate {
  double* number;
  double gradient;
};

/// All numbers of one input or parameter.
struct Block {
  std::string name;
  Shape shape;
  std::vector<Coordinate> coordinates;
};

std::string element_name(const Block& block, std::size_t position) {
  std::vector<std::size_t> index(block.shape.rank());
  for (std::size_t axis = block.shape.rank(); axis-- > 0; position /= block.shape[axis])
    index[axis] = position % block.shape[axis];
  return index.empty() ? block.name : fmt::format("{}[{}]", block.name, fmt::join(index, ", "));
}

/// The function under test, and the point at which it is checked. One object, so that the steps below read in order.
class Check {
 public:
  Check(const CheckedFunction& function, std::vector<Tensor<double>>& inputs, const Parameters<double>& parameters,
        const GradientCheckOptions& options)
      : function_(function), inputs_(inputs), parameters_(parameters), options_(options) {}

  GradientReport run() {
    expect_in("check_gradients", "relative_tolerance", options_.relative_tolerance, not_negative);
    expect_in("check_gradients", "absolute_tolerance", options_.absolute_tolerance, not_negative);
    if (options_.directions > most_directions)
      throw ArgumentError(
          fmt::format("check_gradients: {} directions given, expected at most {}: each takes two evaluations (was a "
                      "count computed as -1?)",
                      options_.directions, most_directions));
    if (inputs_.empty() && parameters_.size() == 0)
      throw ArgumentError("check_gradients: neither inputs nor parameters given, so there is nothing to check");
    draw_cotangents();
    value_ = evaluate();
    if (!std::isfinite(value_))
      report_.problem = fmt::format("the function is not finite here: {}", value_);
    else if (const double again = evaluate(); again != value_)
      report_.problem = fmt::format(
          "the function is not deterministic: two evaluations gave {} and {} (does it draw random numbers?)", value_,
          again);
    if (!report_.problem.empty()) return report_;

    const std::vector<Block> blocks = sweep();
    if (options_.directions == 0)
      compare_every_number(blocks);
    else
      compare_directions(blocks);
    tell_parameters();
    return report_;
  }

 private:
  std::vector<Variable<double>> record(Tape<double>& tape, std::vector<Variable<double>>& variables) const {
    for (const auto& input : inputs_) variables.push_back(tape.input(input));
    return function_(tape, variables);
  }

  void draw_cotangents() {
    Tape<double> tape;
    std::vector<Variable<double>> variables;
    for (const auto& output : record(tape, variables))
      cotangents_.push_back(normal<double>(Random(options_.seed).split(cotangents_.size()), output.shape()));
  }

  /// Gives parameters a new version, since the check moves their numbers through pointers.
  void tell_parameters() const {
    for (const auto& named : parameters_) named.parameter->mark_changed();
  }

  /// Σ outputs · cotangents on a tape of values, so that inference is compared with recording as well.
  double evaluate() const {
    tell_parameters();
    Tape<double> tape(Recording::values);
    std::vector<Variable<double>> variables;
    const auto outputs = record(tape, variables);
    double sum = 0;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      expect_same_shape("check_gradients: output of a second evaluation", cotangents_[k].shape(), outputs[k].shape());
      const auto value = outputs[k].value();
      for (std::size_t i = 0; i < value.size(); ++i) sum += value[i] * cotangents_[k][i];
    }
    return sum;
  }

  /// The tape's gradients, for `scale` times the cotangents.
  std::vector<Block> gradients(double scale) {
    Tape<double> tape;
    std::vector<Variable<double>> variables;
    const auto outputs = record(tape, variables);
    std::vector<Tensor<double>> cotangents = cotangents_;
    std::vector<Seed<double>> seeds;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      for (double& number : cotangents[k]) number *= scale;
      if (outputs[k].needs_gradient()) seeds.push_back({outputs[k], cotangents[k].view()});
    }
    if (seeds.empty())
      throw ArgumentError("check_gradients: no output depends on an input or a parameter (are all of them frozen?)");
    tape.backward(seeds);

    std::vector<Block> blocks;
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      const auto gradient = variables[k].gradient();
      blocks.push_back({fmt::format("input {}", k), inputs_[k].shape(), {}});
      for (std::size_t i = 0; i < inputs_[k].size(); ++i)
        blocks.back().coordinates.push_back({&inputs_[k][i], gradient[i]});
    }
    for (const auto& [name, parameter] : parameters_) {
      if (parameter->frozen) continue;
      const double* const gradient = tape.gradient_of(*parameter);
      blocks.push_back({name, parameter->shape(), {}});
      for (std::size_t i = 0; i < parameter->value().size(); ++i)
        blocks.back().coordinates.push_back({parameter->value_memory() + i, gradient == nullptr ? 0.0 : gradient[i]});
    }
    return blocks;
  }

  std::vector<Block> sweep() {
    std::vector<Block> found = gradients(1);
    const std::vector<Block> again = gradients(1), of_nothing = gradients(0);
    for (std::size_t b = 0; b < found.size(); ++b)
      for (std::size_t i = 0; i < found[b].coordinates.size(); ++i) {
        const double gradient = found[b].coordinates[i].gradient;
        if (!std::isfinite(gradient))
          report_.problem = fmt::format("the tape's gradient of {} is {}", element_name(found[b], i), gradient);
        else if (again[b].coordinates[i].gradient != gradient)
          report_.problem = fmt::format("two sweeps give {} different gradients", element_name(found[b], i));
        else if (of_nothing[b].coordinates[i].gradient != 0)
          report_.problem = fmt::format("a zero cotangent gives {} a gradient of {} (a rule ignores its upstream)",
                                        element_name(found[b], i), of_nothing[b].coordinates[i].gradient);
      }
    return found;
  }

  void compare(const std::string& element, double tape, double difference) {
    const double larger = std::max(std::abs(tape), std::abs(difference));
    const double allowed =
        options_.relative_tolerance * larger + options_.absolute_tolerance * std::max(1.0, std::abs(value_));
    const double badness = std::abs(tape - difference) / allowed;
    ++report_.compared;
    if (!(badness <= 1)) ++report_.failed;
    if (!(badness <= worst_badness_)) {
      worst_badness_ = std::isnan(badness) ? std::numeric_limits<double>::infinity() : badness;
      report_.worst = {element, tape, difference};
    }
  }

  void compare_every_number(const std::vector<Block>& blocks) {
    for (const Block& block : blocks)
      for (std::size_t i = 0; i < block.coordinates.size(); ++i) {
        const auto [number, gradient] = block.coordinates[i];
        const double at = *number, step = relative_step * std::max(1.0, std::abs(at));
        *number = at + step;
        const double above = evaluate();
        *number = at - step;
        const double below = evaluate();
        *number = at;
        compare(element_name(block, i), gradient, (above - below) / (2 * step));
      }
  }

  void compare_directions(const std::vector<Block>& blocks) {
    for (std::size_t k = 0; k < options_.directions; ++k) {
      const Random random = Random(options_.seed).split(cotangents_.size() + k);
      std::vector<double> direction, at;
      double length = 0, slope = 0;
      for_each_coordinate(blocks, [&](const Coordinate& coordinate) {
        direction.push_back(random.normal(direction.size()));
        at.push_back(*coordinate.number);
        length += direction.back() * direction.back();
      });
      length = std::sqrt(length);
      const auto move_to = [&](double distance) {
        std::size_t i = 0;
        for_each_coordinate(blocks, [&](const Coordinate& coordinate) {
          *coordinate.number = at[i] + distance * direction[i] / length;
          ++i;
        });
        return evaluate();
      };
      std::size_t i = 0;
      for_each_coordinate(
          blocks, [&](const Coordinate& coordinate) { slope += coordinate.gradient * direction[i++] / length; });
      const double above = move_to(relative_step), below = move_to(-relative_step);
      i = 0;
      for_each_coordinate(blocks, [&](const Coordinate& coordinate) { *coordinate.number = at[i++]; });
      compare(fmt::format("direction {}", k), slope, (above - below) / (2 * relative_step));
    }
  }

  static void for_each_coordinate(const std::vector<Block>& blocks, auto&& visit) {
    for (const Block& block : blocks)
      for (const Coordinate& coordinate : block.coordinates) visit(coordinate);
  }

  // The cube root of the machine's epsilon balances truncation against rounding.
  static constexpr double relative_step = 6.06e-6;
  static constexpr std::size_t most_directions = 1'000'000;

  const CheckedFunction& function_;
  std::vector<Tensor<double>>& inputs_;
  const Parameters<double>& parameters_;
  const GradientCheckOptions& options_;
  std::vector<Tensor<double>> cotangents_;
  double value_ = 0;
  double worst_badness_ = -1;
  GradientReport report_;
};

}  // namespace

double GradientComparison::relative_error() const {
  const double larger = std::max(std::abs(tape), std::abs(difference));
  return larger == 0 ? 0 : std::abs(tape - difference) / larger;
}

std::string to_string(const GradientReport& report) {
  if (!report.problem.empty()) return report.problem;
  if (report.compared == 0) return "no gradient to compare: there are no numbers";
  return fmt::format("{}: tape {:.6g}, central difference {:.6g}, relative error {:.1e} ({} of {} failed)",
                     report.worst.element, report.worst.tape, report.worst.difference, report.worst.relative_error(),
                     report.failed, report.compared);
}

std::ostream& operator<<(std::ostream& stream, const GradientReport& report) { return stream << to_string(report); }

namespace detail {

void refuse_float_gradients() {
  throw ArgumentError(
      "check_gradients: float inputs given, expected double (differences of floats agree to three digits at best, "
      "which proves nothing; the same model code runs in double)");
}

GradientReport check_gradients(const CheckedFunction& function, std::vector<Tensor<double>> inputs,
                               const Parameters<double>& parameters, const GradientCheckOptions& options) {
  return Check(function, inputs, parameters, options).run();
}

}  // namespace detail

}  // namespace unroll::inline v0
