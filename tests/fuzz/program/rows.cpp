#include "step.hpp"
#include <unroll/ops.hpp>

#include <algorithm>

/// Normalizations of lines of numbers, and reductions along axes.
namespace fuzzing {

namespace {

using namespace unroll;

bool choose_line(Workbench& bench, Step& step) {
  const auto x = bench.any_with([](const Extents& shape) { return !shape.empty(); });
  if (!x) return false;
  step.of = {*x};
  step.axis = bench.axis_of(bench.shape(*x));
  step.flag = bench.choices().one_in(2);
  return true;
}

/// log Σ e^x over the axis, for the line that the index is on.
Moving log_sum_on_paper(const Array& x, std::size_t axis, Index index) {
  double largest = -1e300;
  for (std::size_t k = 0; k < x.shape[axis]; ++k) {
    index[axis] = k;
    largest = std::max(largest, x.at(index).value);
  }
  Moving sum = 0;
  for (std::size_t k = 0; k < x.shape[axis]; ++k) {
    index[axis] = k;
    sum += exp(x.at(index) - largest);
  }
  return log(sum) + largest;
}

std::vector<OpKind> softmax_kinds() {
  return {
      op_kind(
          "softmax", choose_line,
          [](const Step& step, const Operands& in) {
            const std::size_t axis = from_front(in[0]->shape, step.axis);
            return build(in[0]->shape, [&](const Index& index) {
              return exp(in[0]->at(index) - log_sum_on_paper(*in[0], axis, index));
            });
          },
          [](const Step& step, auto in) { return softmax(in[0], step.axis); }),
      op_kind(
          "log_softmax", choose_line,
          [](const Step& step, const Operands& in) {
            const std::size_t axis = from_front(in[0]->shape, step.axis);
            return build(in[0]->shape,
                         [&](const Index& index) { return in[0]->at(index) - log_sum_on_paper(*in[0], axis, index); });
          },
          [](const Step& step, auto in) { return log_softmax(in[0], step.axis); }),
      op_kind(
          "logsumexp",
          [](Workbench& bench, Step& step) { return choose_line(bench, step) && size_of(bench.shape(step.of[0])) > 0; },
          [](const Step& step, const Operands& in) {
            const std::size_t axis = from_front(in[0]->shape, step.axis);
            Extents shape = in[0]->shape;
            shape[axis] = 1;
            Array result = build(shape, [&](const Index& index) { return log_sum_on_paper(*in[0], axis, index); });
            if (!step.flag) result.shape.erase(result.shape.begin() + static_cast<std::ptrdiff_t>(axis));
            return result;
          },
          [](const Step& step, auto in) { return logsumexp(in[0], step.axis, {.keep_axes = step.flag}); }),
  };
}

OpKind layer_norm_kind() {
  return op_kind(
      "layer_norm",
      [](Workbench& bench, Step& step) {
        if (!choose_line(bench, step)) return false;
        const std::size_t width = bench.shape(step.of[0]).back();
        step.of.push_back(bench.of_shape({width}));
        step.of.push_back(bench.of_shape({width}));
        return true;
      },
      [](const Step&, const Operands& in) {
        const auto width = static_cast<double>(in[0]->shape.back());
        return build(in[0]->shape, [&](Index index) {
          const Moving here = in[0]->at(index), gain = in[1]->at({index.back()}), bias = in[2]->at({index.back()});
          const auto mean_of = [&](auto function) {
            Moving sum = 0;
            for (index.back() = 0; index.back() < in[0]->shape.back(); ++index.back())
              sum += function(in[0]->at(index));
            return sum / width;
          };
          const Moving mean = mean_of([](Moving x) { return x; });
          const Moving variance = mean_of([&](Moving x) { return (x - mean) * (x - mean); });
          return gain * (here - mean) / sqrt(variance + 0.0625) + bias;
        });
      },
      [](const Step&, auto in) { return layer_norm(in[0], in[1], in[2], 0.0625); });
}

/// Some axes, each once, in any order and from either end; flag: they are kept with an extent of 1. No axis: none is
/// given, which means all.
bool choose_axes(Workbench& bench, Step& step) {
  step.of = {bench.any()};
  const Extents& shape = bench.shape(step.of[0]);
  std::vector<bool> taken(shape.size());
  for (std::size_t k = bench.choices().below(shape.size() + 1); k > 0; --k) {
    const std::size_t axis = bench.choices().below(shape.size());
    if (!taken[axis]) step.sizes.push_back(axis);
    taken[axis] = true;
  }
  step.flag = bench.choices().one_in(2);
  return true;
}
bool choose_axes_of_something(Workbench& bench, Step& step) {
  return choose_axes(bench, step) && size_of(bench.shape(step.of[0])) > 0;
}
Axes axes_of(const Step& step, const unroll::Shape& shape) {
  std::vector<std::ptrdiff_t> axes;
  for (const std::size_t axis : step.sizes)
    axes.push_back(static_cast<std::ptrdiff_t>(axis) - (axes.size() % 2 == 0 ? 0 : std::ptrdiff_t(shape.rank())));
  return Axes(std::span<const std::ptrdiff_t>(axes));
}

/// Folds all numbers that fall on one place of the result.
template <class Fold>
Array reduced(const Step& step, const Array& x, Moving start, Fold fold) {
  std::vector<bool> goes(x.shape.size(), step.sizes.empty());
  for (const std::size_t axis : step.sizes) goes[axis] = true;
  const bool keeps = step.flag && !step.sizes.empty();
  const auto reduced_of = [&](const Extents& of, std::size_t instead) {
    Extents result;
    for (std::size_t axis = 0; axis < of.size(); ++axis) {
      if (!goes[axis])
        result.push_back(of[axis]);
      else if (keeps)
        result.push_back(instead);
    }
    return result;
  };
  Array result{reduced_of(x.shape, 1), {}};
  result.numbers.assign(size_of(result.shape), start);
  std::vector<bool> begun(result.numbers.size());
  for_each_index(x.shape, [&](const Index& index) {
    const Index place = reduced_of(index, 0);
    std::size_t position = 0;
    for (std::size_t axis = 0; axis < place.size(); ++axis) position = position * result.shape[axis] + place[axis];
    result.numbers[position] = fold(result.numbers[position], x.at(index), !begun[position]);
    begun[position] = true;
  });
  mark_exact(result, std::vector<const Array*>{&x});
  return result;
}

/// The number of numbers that come together at one place.
double count_of(const Step& step, const Extents& shape) {
  double count = 1;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    if (step.sizes.empty() || std::find(step.sizes.begin(), step.sizes.end(), axis) != step.sizes.end())
      count *= static_cast<double>(shape[axis]);
  return count;
}

}  // namespace

std::vector<OpKind> reduction_kinds() {
  return {
      op_kind(
          "sum", choose_axes,
          [](const Step& step, const Operands& in) {
            return reduced(step, *in[0], 0, [](Moving sum, Moving x, bool) { return sum + x; });
          },
          [](const Step& step, auto in) {
            return step.sizes.empty() ? sum(in[0]) : sum(in[0], axes_of(step, in[0].shape()), {.keep_axes = step.flag});
          }),
      op_kind(
          "mean", choose_axes_of_something,
          [](const Step& step, const Operands& in) {
            Array result = reduced(step, *in[0], 0, [](Moving sum, Moving x, bool) { return sum + x; });
            for (Moving& number : result.numbers) number = number / count_of(step, in[0]->shape);
            result.exact = false;
            return result;
          },
          [](const Step& step, auto in) {
            return step.sizes.empty() ? mean(in[0])
                                      : mean(in[0], axes_of(step, in[0].shape()), {.keep_axes = step.flag});
          }),
      op_kind(
          "max", choose_axes_of_something,
          [](const Step& step, const Operands& in) {
            return reduced(step, *in[0], 0, [exact = in[0]->exact](Moving most, Moving x, bool first) {
              return first || less(most, x, exact) ? x : most;
            });
          },
          [](const Step& step, auto in) {
            return step.sizes.empty() ? max(in[0]) : max(in[0], axes_of(step, in[0].shape()), {.keep_axes = step.flag});
          }),
  };
}

std::vector<OpKind> row_kinds() {
  std::vector<OpKind> all = softmax_kinds();
  all.push_back(layer_norm_kind());
  return all;
}

}  // namespace fuzzing
