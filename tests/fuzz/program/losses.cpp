#include "step.hpp"
#include <unroll/framework/errors/counted.hpp>
#include <unroll/ops.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

/// Losses: one number of many, of which some may not count.
namespace fuzzing {

namespace {

using namespace unroll;

/// Whether the number at the index counts: with lengths, the first two axes are steps and sequences.
bool counts(const Step& step, const Index& index) { return step.lengths.empty() || index[0] < step.lengths[index[1]]; }
std::size_t counted(const Step& step, const Extents& shape) {
  std::size_t count = 0;
  for_each_index(shape, [&](const Index& index) { count += counts(step, index) ? 1 : 0; });
  return count;
}

Reduction reduction_of(const Step& step) { return static_cast<Reduction>(step.seed); }
LossOptions options_of(const Step& step) { return {.reduction = reduction_of(step), .lengths = step.lengths}; }

/// What the sum of all losses is divided by.
double divisor(const Step& step, const Extents& shape) {
  if (reduction_of(step) == Reduction::sum) return 1;
  const Extents counted_ones =
      reduction_of(step) == Reduction::mean ? shape : Extents(shape.begin(), shape.begin() + 2);
  return static_cast<double>(counted(step, counted_ones));
}

/// Predictions, targets and perhaps more, of one shape; seed: the reduction.
auto choose_of_one_shape(std::size_t count) {
  return [count](Workbench& bench, Step& step) {
    step.of = {bench.any()};
    const Extents shape = bench.shape(step.of[0]);
    while (step.of.size() < count) step.of.push_back(bench.of_shape(shape));
    if (shape.size() >= 2 && bench.choices().one_in(2)) step.lengths = bench.lengths(shape[0], shape[1]);
    step.seed = bench.choices().below(shape.size() >= 2 ? 3 : 2);
    return divisor(step, shape) > 0;
  };
}

/// `loss` is that of the numbers at one index, of `count` operands: a function of their list, and whether all are
/// exact.
template <class Loss>
OpKind loss_kind_of(std::size_t count, const char* name, Loss loss, auto on_tape) {
  return op_kind(
      name, choose_of_one_shape(count),
      [loss](const Step& step, const Operands& in) {
        Moving sum = 0;
        for_each_index(in[0]->shape, [&](const Index& index) {
          if (!counts(step, index)) return;
          std::vector<Moving> numbers;
          for (const Array* operand : in) numbers.push_back(operand->at(index));
          sum += loss(numbers, std::ranges::all_of(in, &Array::exact));
        });
        return Array{{}, {sum / divisor(step, in[0]->shape)}};
      },
      on_tape);
}
template <class Loss>
OpKind loss_kind(const char* name, Loss loss, auto on_tape) {
  return loss_kind_of(
      2, name, [loss](const std::vector<Moving>& in, bool exact) { return loss(in[0], in[1], exact); }, on_tape);
}

std::vector<OpKind> regression_kinds() {
  return {
      loss_kind(
          "mean_squared_error", [](Moving x, Moving y, bool) { return (x - y) * (x - y); },
          [](const Step& step, auto in) { return mean_squared_error(in[0], in[1], options_of(step)); }),
      loss_kind(
          "mean_absolute_error",
          [](Moving x, Moving y, bool exact) {
            return less(y, x, exact) ? x - y : less(x, y, exact) ? y - x : Moving(0);
          },
          [](const Step& step, auto in) { return mean_absolute_error(in[0], in[1], options_of(step)); }),
      loss_kind(
          "huber",
          [](Moving x, Moving y, bool) {
            const Moving distance = x - y;
            if (std::abs(distance.value) <= 0.75) return distance * distance / 2;
            return 0.75 * ((distance.value > 0 ? distance : -distance) - 0.375);
          },
          [](const Step& step, auto in) { return huber(in[0], in[1], 0.75f, options_of(step)); }),
      loss_kind(
          "binary_cross_entropy", [](Moving x, Moving t, bool) { return softplus(x) - t * x; },
          [](const Step& step, auto in) { return binary_cross_entropy(in[0], in[1], options_of(step)); }),
      loss_kind(
          "quantile_loss",
          [](Moving x, Moving t, bool exact) {
            return less(x, t, exact) ? 0.75 * (t - x) : less(t, x, exact) ? 0.25 * (x - t) : Moving(0);
          },
          [](const Step& step, auto in) { return quantile_loss(in[0], in[1], 0.75, options_of(step)); }),
      loss_kind_of(
          3, "gaussian_negative_log_likelihood",
          [](const std::vector<Moving>& in, bool) {
            const Moving error = in[0] - in[2];
            return (std::log(2 * std::numbers::pi) + in[1] + error * error * exp(-in[1])) / 2;
          },
          [](const Step& step, auto in) {
            return gaussian_negative_log_likelihood(in[0], in[1], in[2], options_of(step));
          }),
  };
}

double weight_of(const Step& step, std::size_t v) {
  return step.seed == 0 ? 1 : static_cast<double>((v + step.seed) % 4) / 2;
}

/// Logits [..., V] with targets in `places`, of which -1 is ignored. seed: class weights; number: smoothing.
bool choose_classes(Workbench& bench, Step& step) {
  const auto x = bench.any_with([](const Extents& shape) { return shape.size() >= 1 && size_of(shape) > 0; });
  if (!x) return false;
  step.of = {*x};
  const Extents& shape = bench.shape(*x);
  for (std::size_t i = 0; i < size_of(shape) / shape.back(); ++i)
    step.indices.push_back(static_cast<int>(bench.choices().below(shape.back() + (i % 3 == 2 ? 1 : 0))) - (i % 3 == 2));
  if (shape.size() >= 3 && bench.choices().one_in(2)) step.lengths = bench.lengths(shape[0], shape[1]);
  step.seed = bench.choices().below(4);
  step.number = static_cast<double>(bench.choices().below(3)) / 8;
  step.flag = bench.choices().one_in(2);
  return true;
}

Arrays cross_entropy_on_paper(const Step& step, const Operands& in) {
  const Extents& shape = in[0]->shape;
  const std::size_t classes = shape.back();
  Moving sum = 0;
  double weights = 0;
  std::size_t row = 0;
  for_each_index(Extents(shape.begin(), shape.end() - 1), [&](Index index) {
    const int target = step.indices[row++];
    if (target < 0 || !counts(step, index)) return;
    index.push_back(0);
    const auto logit = [&](std::size_t v) {
      index.back() = v;
      return in[0]->at(index);
    };
    Moving exponentials = 0;
    for (std::size_t v = 0; v < classes; ++v) exponentials += exp(logit(v));
    const auto entropy = [&](std::size_t v) { return weight_of(step, v) * (log(exponentials) - logit(v)); };
    const auto place = static_cast<std::size_t>(target);
    sum += (1 - step.number) * entropy(place);
    for (std::size_t v = 0; v < classes; ++v) sum += step.number / static_cast<double>(classes) * entropy(v);
    weights += weight_of(step, place);
  });
  if (!step.flag && weights == 0) return {};  // a mean over nothing is refused
  return {Array{{}, {step.flag ? sum : sum / weights}}};
}

OpKind cross_entropy_kind() {
  return op_kind("cross_entropy", choose_classes, cross_entropy_on_paper,
                 []<class Scalar>(const Step& step, const Nodes<Scalar>& in) {
                   const Shape shape = in[0].shape();
                   const Shape of_targets(std::span<const std::size_t>(shape.begin(), shape.rank() - 1));
                   std::vector<Scalar> weights;
                   for (std::size_t v = 0; v < shape.back() && step.seed != 0; ++v)
                     weights.push_back(static_cast<Scalar>(weight_of(step, v)));
                   return cross_entropy(in[0], TensorView<const int>(step.indices.data(), of_targets),
                                        {.reduction = step.flag ? Reduction::sum : Reduction::mean,
                                         .class_weights = weights,
                                         .ignore = -1,
                                         .label_smoothing = step.number,
                                         .lengths = step.lengths});
                 });
}

}  // namespace

std::vector<OpKind> loss_kinds() {
  std::vector<OpKind> all = regression_kinds();
  all.push_back(cross_entropy_kind());
  return all;
}

const std::vector<OpKind>& every_kind() {
  static const std::vector<OpKind> all = [] {
    std::vector<OpKind> kinds;
    for (auto& family : {elementwise_kinds(), product_kinds(), shaping_kinds(), row_kinds(), reduction_kinds(),
                         time_kinds(), loss_kinds(), recurrent_kinds()})
      kinds.insert(kinds.end(), family.begin(), family.end());
    return kinds;
  }();
  return all;
}

}  // namespace fuzzing
