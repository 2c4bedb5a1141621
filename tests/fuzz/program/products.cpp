#include "step.hpp"
#include <unroll/ops.hpp>

/// Products of matrices and rows of tables.
namespace fuzzing {

namespace {

using namespace unroll;

bool has_axis(const Extents& shape) { return !shape.empty(); }
bool is_matrix(const Extents& shape) { return shape.size() == 2; }
bool is_table(const Extents& shape) { return shape.size() == 2 && shape[0] > 0; }

Index with_last(Index index, std::size_t place) {
  index.back() = place;
  return index;
}
Extents with_last_extent(Extents shape, std::size_t extent) { return with_last(std::move(shape), extent); }

/// x · weightᵀ + onto + bias, where there are such.
Array linear_on_paper(const Array& x, const Array& weight, const Array* bias, const Array* onto) {
  return build(with_last_extent(x.shape, weight.shape[0]), [&](const Index& index) {
    Moving sum = onto == nullptr ? Moving(0) : onto->at(index);
    if (bias != nullptr) sum += bias->at({index.back()});
    for (std::size_t d = 0; d < weight.shape[1]; ++d) sum += x.at(with_last(index, d)) * weight.at({index.back(), d});
    return sum;
  });
}

/// A node with axes, a weight [H, D] that fits it, and a bias [H].
bool choose_linear(Workbench& bench, Step& step, bool with_bias) {
  const auto x = bench.any_with(has_axis);
  if (!x) return false;
  const std::size_t width = bench.shape(*x).back();
  auto weight = bench.any_with([&](const Extents& shape) { return is_matrix(shape) && shape[1] == width; });
  if (!weight || bench.choices().one_in(3)) weight = bench.of_shape({bench.extent(), width});
  step.of = {*x, *weight};
  if (with_bias) step.of.push_back(bench.of_shape({bench.shape(*weight)[0]}));
  return true;
}
/// The same, and what it is added onto.
bool choose_onto(Workbench& bench, Step& step, bool with_bias) {
  if (!choose_linear(bench, step, with_bias)) return false;
  step.of.push_back(bench.of_shape(with_last_extent(bench.shape(step.of[0]), bench.shape(step.of[1])[0])));
  return true;
}

std::vector<OpKind> linear_kinds() {
  return {
      op_kind(
          "linear", [](Workbench& bench, Step& step) { return choose_linear(bench, step, false); },
          [](const Step&, const Operands& in) { return linear_on_paper(*in[0], *in[1], nullptr, nullptr); },
          [](const Step&, auto in) { return linear(in[0], in[1]); }),
      op_kind(
          "linear with a bias", [](Workbench& bench, Step& step) { return choose_linear(bench, step, true); },
          [](const Step&, const Operands& in) { return linear_on_paper(*in[0], *in[1], in[2], nullptr); },
          [](const Step&, auto in) { return linear(in[0], in[1], in[2]); }),
      op_kind(
          "add_linear", [](Workbench& bench, Step& step) { return choose_onto(bench, step, false); },
          [](const Step&, const Operands& in) { return linear_on_paper(*in[0], *in[1], nullptr, in[2]); },
          [](const Step&, auto in) { return add_linear(in[2], in[0], in[1]); }),
      op_kind(
          "add_linear with a bias", [](Workbench& bench, Step& step) { return choose_onto(bench, step, true); },
          [](const Step&, const Operands& in) { return linear_on_paper(*in[0], *in[1], in[2], in[3]); },
          [](const Step&, auto in) { return add_linear(in[3], in[0], in[1], in[2]); }),
  };
}

OpKind matmul_kind() {
  return op_kind(
      "matmul",
      [](Workbench& bench, Step& step) {
        const auto a = bench.any_with(has_axis);
        if (!a) return false;
        const std::size_t width = bench.shape(*a).back();
        auto b = bench.any_with([&](const Extents& shape) { return is_matrix(shape) && shape[0] == width; });
        if (!b || bench.choices().one_in(3)) b = bench.of_shape({width, bench.extent()});
        step.of = {*a, *b};
        return true;
      },
      [](const Step&, const Operands& in) {
        return build(with_last_extent(in[0]->shape, in[1]->shape[1]), [&](const Index& index) {
          Moving sum = 0;
          for (std::size_t d = 0; d < in[1]->shape[0]; ++d)
            sum += in[0]->at(with_last(index, d)) * in[1]->at({d, index.back()});
          return sum;
        });
      },
      [](const Step&, auto in) { return matmul(in[0], in[1]); });
}

/// More than two axes: matrices lie along the last two.
bool has_matrices(const Extents& shape) { return shape.size() > 2; }

OpKind batched_matmul_kind() {
  return op_kind(
      "matmul of a batch",
      [](Workbench& bench, Step& step) {
        const auto a = bench.any_with(has_matrices);
        if (!a) return false;
        Extents shape = bench.shape(*a);
        shape[shape.size() - 2] = shape.back();
        shape.back() = bench.extent();
        step.of = {*a, bench.of_shape(shape)};
        return true;
      },
      [](const Step&, const Operands& in) {
        return build(with_last_extent(in[0]->shape, in[1]->shape.back()), [&](const Index& index) {
          Moving sum = 0;
          Index right = index;
          std::size_t& inner = right[right.size() - 2];
          for (inner = 0; inner < in[0]->shape.back(); ++inner)
            sum += in[0]->at(with_last(index, inner)) * in[1]->at(right);
          return sum;
        });
      },
      [](const Step&, auto in) { return matmul(in[0], in[1]); });
}

OpKind outer_kind() {
  return op_kind(
      "outer",
      [](Workbench& bench, Step& step) {
        const auto a = bench.any_with([](const Extents& shape) { return has_axis(shape) && shape.size() < 4; });
        if (!a) return false;
        step.of = {*a, bench.of_shape(with_last_extent(bench.shape(*a), bench.extent()))};
        return true;
      },
      [](const Step&, const Operands& in) {
        Extents shape = in[0]->shape;
        shape.push_back(in[1]->shape.back());
        return build(shape, [&](const Index& index) {
          const Index left(index.begin(), index.end() - 1);
          return in[0]->at(left) * in[1]->at(with_last(left, index.back()));
        });
      },
      [](const Step&, auto in) { return outer(in[0], in[1]); });
}

OpKind add_bias_kind() {
  return op_kind(
      "add_bias",
      [](Workbench& bench, Step& step) {
        const auto x = bench.any_with(has_axis);
        if (!x) return false;
        step.of = {*x, bench.of_shape({bench.shape(*x).back()})};
        return true;
      },
      [](const Step&, const Operands& in) {
        Array result =
            build(in[0]->shape, [&](const Index& index) { return in[0]->at(index) + in[1]->at({index.back()}); });
        mark_exact(result, in);
        return result;
      },
      [](const Step&, auto in) { return add_bias(in[0], in[1]); });
}

/// Places in [low, high), of a shape of one or two axes, which is kept in `sizes`; neighbors in order, sometimes.
void choose_places(Workbench& bench, Step& step, int low, int high) {
  step.sizes = {bench.extent()};
  if (bench.choices().one_in(2)) step.sizes.push_back(bench.extent());
  const bool in_order = bench.choices().one_in(4);
  const int first = static_cast<int>(bench.choices().below(static_cast<std::size_t>(high)));
  for (std::size_t i = 0; i < size_of(step.sizes) && i < 200; ++i) {
    const int neighbor = first + static_cast<int>(i);
    const int other = low + static_cast<int>(bench.choices().below(static_cast<std::size_t>(high - low)));
    step.indices.push_back(in_order && neighbor < high ? neighbor : other);
  }
}

/// The row of `table` at the place that the front of the index says; zeros for -1.
Array picked_on_paper(const Step& step, const Array& table) {
  Extents shape = step.sizes;
  shape.insert(shape.end(), table.shape.begin() + 1, table.shape.end());
  Array result = build(shape, [&](const Index& index) -> Moving {
    std::size_t position = 0;
    for (std::size_t axis = 0; axis < step.sizes.size(); ++axis) position = position * step.sizes[axis] + index[axis];
    if (step.indices[position] < 0) return 0;
    Index from{static_cast<std::size_t>(step.indices[position])};
    from.insert(from.end(), index.begin() + static_cast<std::ptrdiff_t>(step.sizes.size()), index.end());
    return table.at(from);
  });
  mark_exact(result, std::vector<const Array*>{&table});
  return result;
}
TensorView<const int> places_of(const Step& step) { return {step.indices.data(), to_shape(step.sizes)}; }

std::vector<OpKind> row_picking_kinds() {
  return {view_kind(
              "rows",
              [](Workbench& bench, Step& step) {
                auto table = bench.any_with(is_table);
                if (!table || bench.choices().one_in(2)) table = bench.of_shape({1 + bench.extent(), bench.extent()});
                step.of = {*table};
                choose_places(bench, step, 0, static_cast<int>(bench.shape(*table)[0]));
                return size_of(step.sizes) == step.indices.size();
              },
              [](const Step& step, const Operands& in) { return picked_on_paper(step, *in[0]); },
              [](const Step& step, auto in) { return rows(in[0], places_of(step)); }),
          view_kind(
              "take_rows",
              [](Workbench& bench, Step& step) {
                const auto x = bench.any_with([](const Extents& shape) { return !shape.empty() && shape[0] > 0; });
                if (!x) return false;
                step.of = {*x};
                choose_places(bench, step, -1, static_cast<int>(bench.shape(*x)[0]));
                return size_of(step.sizes) == step.indices.size();
              },
              [](const Step& step, const Operands& in) { return picked_on_paper(step, *in[0]); },
              [](const Step& step, auto in) { return take_rows(in[0], places_of(step)); }),
          view_kind(
              "repeated_row",
              [](Workbench& bench, Step& step) {
                const auto table = bench.any_with(is_table);
                if (!table) return false;
                step.of = {*table};
                step.indices = {static_cast<int>(bench.choices().below(bench.shape(*table)[0]))};
                step.sizes = {bench.extent()};
                step.indices.resize(step.sizes[0] + 1, step.indices[0]);  // one more, for repeats of none
                return true;
              },
              [](const Step& step, const Operands& in) { return picked_on_paper(step, *in[0]); },
              [](const Step& step, auto in) {
                return repeated_row(in[0], static_cast<std::size_t>(step.indices[0]), step.sizes[0]);
              })};
}

}  // namespace

std::vector<OpKind> product_kinds() {
  std::vector<OpKind> all{matmul_kind(), batched_matmul_kind(), outer_kind(), add_bias_kind()};
  for (auto& family : {linear_kinds(), row_picking_kinds()}) all.insert(all.end(), family.begin(), family.end());
  return all;
}

}  // namespace fuzzing
