#include "step.hpp"
#include <unroll/ops.hpp>

#include <algorithm>
#include <numeric>

/// Ops that move numbers and change none.
namespace fuzzing {

namespace {

using namespace unroll;

bool choose_axis(Workbench& bench, Step& step) {
  const auto x = bench.any_with([](const Extents& shape) { return !shape.empty(); });
  if (!x) return false;
  step.of = {*x};
  step.axis = bench.axis_of(bench.shape(*x));
  return true;
}

/// The array whose number at each index is that of `x` at `source(index)`.
Array moved(const Array& x, const Extents& shape, const std::function<Index(const Index&)>& source) {
  Array result = build(shape, [&](const Index& index) { return x.at(source(index)); });
  mark_exact(result, std::vector<const Array*>{&x});
  return result;
}
Array sliced(const Array& x, std::size_t axis, std::size_t first, std::size_t count) {
  Extents shape = x.shape;
  shape[axis] = count;
  return moved(x, shape, [&](Index index) {
    index[axis] += first;
    return index;
  });
}

OpKind reshape_kind() {
  return view_kind(
      "reshape",
      [](Workbench& bench, Step& step) {
        step.of = {bench.any()};
        const std::size_t size = size_of(bench.shape(step.of[0]));
        std::size_t left = size;
        while (step.sizes.size() < 3 && left > 1 && !bench.choices().one_in(4)) {  // a divisor of what is left
          std::size_t extent = 1 + bench.choices().below(left);
          while (left % extent != 0) --extent;
          step.sizes.push_back(extent);
          left /= extent;
        }
        if (left != 1 || bench.choices().one_in(3)) step.sizes.push_back(left);
        return true;
      },
      [](const Step& step, const Operands& in) {
        Array result = *in[0];
        result.shape = step.sizes;
        return result;
      },
      [](const Step& step, auto in) { return reshape(in[0], to_shape(step.sizes)); });
}

OpKind transpose_kind() {
  return view_kind(  // when both axes are one
      "transpose",
      [](Workbench& bench, Step& step) {
        if (!choose_axis(bench, step)) return false;
        step.sizes = {from_front(bench.shape(step.of[0]), bench.axis_of(bench.shape(step.of[0])))};
        return true;
      },
      [](const Step& step, const Operands& in) {
        const std::size_t a = from_front(in[0]->shape, step.axis), b = step.sizes[0];
        Extents shape = in[0]->shape;
        std::swap(shape[a], shape[b]);
        return moved(*in[0], shape, [&](Index index) {
          std::swap(index[a], index[b]);
          return index;
        });
      },
      [](const Step& step, auto in) {
        return transpose(in[0], step.axis, static_cast<std::ptrdiff_t>(step.sizes[0]));
      });
}

OpKind slice_kind() {
  return view_kind(
      "slice",
      [](Workbench& bench, Step& step) {
        if (!choose_axis(bench, step)) return false;
        const Extents& shape = bench.shape(step.of[0]);
        const std::size_t extent = shape[from_front(shape, step.axis)], first = bench.choices().below(extent + 1);
        step.sizes = {first, bench.choices().below(extent - first + 1)};
        if (step.sizes[1] == 0 && first < extent && !bench.choices().one_in(8)) step.sizes[1] = 1;
        return true;
      },
      [](const Step& step, const Operands& in) {
        return sliced(*in[0], from_front(in[0]->shape, step.axis), step.sizes[0], step.sizes[1]);
      },
      [](const Step& step, auto in) { return slice(in[0], step.axis, step.sizes[0], step.sizes[1]); });
}

OpKind at_step_kind() {
  return view_kind(
      "at_step",
      [](Workbench& bench, Step& step) {
        const auto x = bench.any_with([](const Extents& shape) { return !shape.empty() && shape[0] > 0; });
        if (!x) return false;
        step.of = {*x};
        step.sizes = {bench.choices().below(bench.shape(*x)[0])};
        return true;
      },
      [](const Step& step, const Operands& in) {
        return moved(*in[0], Extents(in[0]->shape.begin() + 1, in[0]->shape.end()), [&](Index index) {
          index.insert(index.begin(), step.sizes[0]);
          return index;
        });
      },
      [](const Step& step, auto in) { return at_step(in[0], step.sizes[0]); });
}

Arrays parts_of(const Array& x, std::size_t axis, const std::vector<std::size_t>& sizes) {
  Arrays parts;
  std::size_t first = 0;
  for (const std::size_t size : sizes) {
    parts.push_back(sliced(x, axis, first, size));
    first += size;
  }
  return parts;
}

std::vector<OpKind> split_kinds() {
  return {
      view_kind(
          "split",
          [](Workbench& bench, Step& step) {
            if (!choose_axis(bench, step)) return false;
            const Extents& shape = bench.shape(step.of[0]);
            std::size_t left = shape[from_front(shape, step.axis)];
            while (left > 0 && step.sizes.size() < 3) {
              step.sizes.push_back(bench.choices().below(left + 1));
              left -= step.sizes.back();
            }
            step.sizes.push_back(left);
            return true;
          },
          [](const Step& step, const Operands& in) {
            return parts_of(*in[0], from_front(in[0]->shape, step.axis), step.sizes);
          },
          [](const Step& step, auto in) { return split(in[0], step.axis, std::span<const std::size_t>(step.sizes)); }),
      view_kind(
          "split in two",
          [](Workbench& bench, Step& step) {
            const auto x = bench.any_with([](const Extents& shape) { return !shape.empty() && shape.back() % 2 == 0; });
            if (x) step.of = {*x};
            return x.has_value();
          },
          [](const Step&, const Operands& in) {
            const std::size_t half = in[0]->shape.back() / 2;
            return parts_of(*in[0], in[0]->shape.size() - 1, {half, half});
          },
          [](const Step&, auto in) { return split<2>(in[0]); })};
}

OpKind reverse_kind() {
  return op_kind(
      "reverse", choose_axis,
      [](const Step& step, const Operands& in) {
        const std::size_t axis = from_front(in[0]->shape, step.axis);
        return moved(*in[0], in[0]->shape, [&](Index index) {
          index[axis] = in[0]->shape[axis] - 1 - index[axis];
          return index;
        });
      },
      [](const Step& step, auto in) { return reverse(in[0], step.axis); });
}

OpKind broadcast_kind() {
  return view_kind(
      "broadcast",
      [](Workbench& bench, Step& step) {
        step.of = {bench.any()};
        step.sizes = bench.shape(step.of[0]);
        for (std::size_t& extent : step.sizes)
          if (extent == 1) extent = bench.extent();
        while (step.sizes.size() < 4 && bench.choices().one_in(2))
          step.sizes.insert(step.sizes.begin(), bench.extent());
        return true;
      },
      [](const Step& step, const Operands& in) {
        const std::size_t front = step.sizes.size() - in[0]->shape.size();
        return moved(*in[0], step.sizes, [&](const Index& index) {
          Index from(index.begin() + static_cast<std::ptrdiff_t>(front), index.end());
          for (std::size_t axis = 0; axis < from.size(); ++axis)
            if (in[0]->shape[axis] == 1) from[axis] = 0;
          return from;
        });
      },
      [](const Step& step, auto in) { return broadcast(in[0], to_shape(step.sizes)); });
}

OpKind concat_kind() {
  return op_kind(
      "concat",
      [](Workbench& bench, Step& step) {
        if (!choose_axis(bench, step)) return false;
        const Extents shape = bench.shape(step.of[0]);
        const std::size_t axis = from_front(shape, step.axis);
        for (std::size_t parts = bench.choices().below(3); parts > 0; --parts) {
          const auto other = bench.any_with([&](Extents others) {
            if (others.size() != shape.size()) return false;
            others[axis] = shape[axis];
            return others == shape;
          });
          step.of.push_back(*other);
        }
        return true;
      },
      [](const Step& step, const Operands& in) {
        const std::size_t axis = from_front(in[0]->shape, step.axis);
        Extents shape = in[0]->shape;
        for (std::size_t k = 1; k < in.size(); ++k) shape[axis] += in[k]->shape[axis];
        Array result = build(shape, [&](Index index) {
          std::size_t part = 0;
          while (index[axis] >= in[part]->shape[axis]) index[axis] -= in[part++]->shape[axis];
          return in[part]->at(index);
        });
        mark_exact(result, in);
        return result;
      },
      [](const Step& step, const auto& in) { return concat(in, step.axis); });
}

OpKind stack_kind() {
  return op_kind(
      "stack",
      [](Workbench& bench, Step& step) {
        step.of = {bench.any()};
        for (std::size_t parts = bench.choices().below(3); parts > 0; --parts)
          step.of.push_back(bench.of_shape(bench.shape(step.of[0])));
        step.axis = static_cast<std::ptrdiff_t>(bench.choices().below(bench.shape(step.of[0]).size() + 1));
        return true;
      },
      [](const Step& step, const Operands& in) {
        const auto axis = static_cast<std::size_t>(step.axis);
        Extents shape = in[0]->shape;
        shape.insert(shape.begin() + step.axis, in.size());
        Array result = build(shape, [&](Index index) {
          const std::size_t part = index[axis];
          index.erase(index.begin() + step.axis);
          return in[part]->at(index);
        });
        mark_exact(result, in);
        return result;
      },
      [](const Step& step, const auto& in) { return stack(in, step.axis); });
}

}  // namespace

std::vector<OpKind> shaping_kinds() {
  std::vector<OpKind> all{reshape_kind(), transpose_kind(), slice_kind(),  at_step_kind(),
                          reverse_kind(), broadcast_kind(), concat_kind(), stack_kind()};
  const auto splits = split_kinds();
  all.insert(all.end(), splits.begin(), splits.end());
  return all;
}

}  // namespace fuzzing
