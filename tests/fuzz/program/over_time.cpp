#include "step.hpp"
#include <unroll/ops.hpp>

#include <numeric>

/// Ops over sequences of different lengths, and a recurrent loop of several of them.
namespace fuzzing {

namespace {

using namespace unroll;

bool choose_sequence(Workbench& bench, Step& step, std::size_t rank) {
  auto x = bench.any_with([&](const Extents& shape) { return shape.size() == rank && size_of(shape) > 0; });
  if (!x) {
    Extents shape;
    for (std::size_t axis = 0; axis < rank; ++axis) shape.push_back(bench.extent());
    x = bench.of_shape(shape);
  }
  step.of = {*x};
  step.lengths = bench.lengths(bench.shape(*x)[0], bench.shape(*x)[1]);
  return true;
}
bool choose_features(Workbench& bench, Step& step) { return choose_sequence(bench, step, 3); }

std::size_t length_of(const Step& step, const Extents& shape, std::size_t n) {
  return step.lengths.empty() ? shape[0] : step.lengths[n];
}

/// Rows [N, H] made of x [T, N, H] by number(n, h, length).
Array over_steps(const Step& step, const Array& x,
                 const std::function<Moving(std::size_t, std::size_t, std::size_t)>& number) {
  Array result = build({x.shape[1], x.shape[2]}, [&](const Index& index) {
    return number(index[0], index[1], length_of(step, x.shape, index[0]));
  });
  return result;
}

std::vector<OpKind> pooling_kinds() {
  return {
      op_kind(
          "mean_over_time", choose_features,
          [](const Step& step, const Operands& in) {
            return over_steps(step, *in[0], [&](std::size_t n, std::size_t h, std::size_t length) {
              Moving sum = 0;
              for (std::size_t t = 0; t < length; ++t) sum += in[0]->at({t, n, h});
              return length == 0 ? Moving(0) : sum / static_cast<double>(length);
            });
          },
          [](const Step& step, auto in) { return mean_over_time(in[0], step.lengths); }),
      op_kind(
          "max_over_time", choose_features,
          [](const Step& step, const Operands& in) {
            return over_steps(step, *in[0], [&](std::size_t n, std::size_t h, std::size_t length) {
              Moving most = 0;
              for (std::size_t t = 0; t < length; ++t)
                if (t == 0 || less(most, in[0]->at({t, n, h}), in[0]->exact)) most = in[0]->at({t, n, h});
              return most;
            });
          },
          [](const Step& step, auto in) { return max_over_time(in[0], step.lengths); }),
      view_kind(
          "last_over_time", choose_features,
          [](const Step& step, const Operands& in) {
            return over_steps(step, *in[0], [&](std::size_t n, std::size_t h, std::size_t length) {
              return length == 0 ? Moving(0) : in[0]->at({length - 1, n, h});
            });
          },
          [](const Step& step, auto in) { return last_over_time(in[0], step.lengths); }),
      op_kind(
          "softmax_over_time", [](Workbench& bench, Step& step) { return choose_sequence(bench, step, 2); },
          [](const Step& step, const Operands& in) {
            return build(in[0]->shape, [&](const Index& index) -> Moving {
              const std::size_t length = length_of(step, in[0]->shape, index[1]);
              if (index[0] >= length) return 0;
              Moving sum = 0;
              for (std::size_t t = 0; t < length; ++t) sum += exp(in[0]->at({t, index[1]}) - in[0]->at(index));
              return 1 / sum;
            });
          },
          [](const Step& step, auto in) { return softmax_over_time(in[0], step.lengths); }),
      op_kind(
          "weighted_sum_over_time",
          [](Workbench& bench, Step& step) {
            choose_features(bench, step);
            const Extents& shape = bench.shape(step.of[0]);
            step.of.push_back(bench.of_shape({shape[0], shape[1]}));
            return true;
          },
          [](const Step& step, const Operands& in) {
            return over_steps(step, *in[0], [&](std::size_t n, std::size_t h, std::size_t length) {
              Moving sum = 0;
              for (std::size_t t = 0; t < length; ++t) sum += in[0]->at({t, n, h}) * in[1]->at({t, n});
              return sum;
            });
          },
          [](const Step& step, auto in) { return weighted_sum_over_time(in[0], in[1], step.lengths); }),
  };
}

/// Where the steps that exist lie: (t, n) of each row, the first steps of all sequences before their second ones.
std::vector<Index> existing(const Step& step, std::size_t steps, std::size_t batch) {
  std::vector<Index> indices;
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t n = 0; n < batch; ++n)
      if (step.lengths.empty() || t < step.lengths[n]) indices.push_back({t, n});
  return indices;
}

std::vector<OpKind> ragged_kinds() {
  return {
      view_kind(
          "existing_steps", choose_features,
          [](const Step& step, const Operands& in) {
            const auto indices = existing(step, in[0]->shape[0], in[0]->shape[1]);
            Array result = build({indices.size(), in[0]->shape[2]}, [&](const Index& index) {
              return in[0]->at({indices[index[0]][0], indices[index[0]][1], index[1]});
            });
            mark_exact(result, in);
            return result;
          },
          [](const Step& step, auto in) { return existing_steps(in[0], step.lengths); }),
      view_kind(
          "padded_steps",
          [](Workbench& bench, Step& step) {
            step.sizes = {bench.extent(), bench.extent()};
            step.lengths = bench.lengths(step.sizes[0], step.sizes[1]);
            const std::size_t rows = existing(step, step.sizes[0], step.sizes[1]).size();
            auto x = bench.any_with([&](const Extents& shape) { return shape.size() == 2 && shape[0] == rows; });
            if (!x) x = bench.of_shape({rows, bench.extent()});
            step.of = {*x};
            return true;
          },
          [](const Step& step, const Operands& in) {
            Array result =
                build({step.sizes[0], step.sizes[1], in[0]->shape[1]}, [](const Index&) { return Moving(0); });
            const auto indices = existing(step, step.sizes[0], step.sizes[1]);
            for (std::size_t row = 0; row < indices.size(); ++row)
              for (std::size_t h = 0; h < in[0]->shape[1]; ++h)
                result.numbers[(indices[row][0] * step.sizes[1] + indices[row][1]) * in[0]->shape[1] + h] =
                    in[0]->at({row, h});
            mark_exact(result, in);
            return result;
          },
          [](const Step& step, auto in) { return padded_steps(in[0], step.sizes[0], step.sizes[1], step.lengths); }),
  };
}

/// h ← tanh(x_t · Vᵀ + b + h · Wᵀ): one weight for all steps; flag: the inputs are projected beforehand.
OpKind recurrence_kind() {
  return view_kind(  // the last state is a part of all
      "recurrence",
      [](Workbench& bench, Step& step) {
        choose_features(bench, step);
        const Extents shape = bench.shape(step.of[0]);
        const std::size_t hidden = bench.extent();
        step.of.push_back(bench.of_shape({hidden, shape[2]}));
        step.of.push_back(bench.of_shape({hidden}));
        step.of.push_back(bench.of_shape({hidden, hidden}));
        step.of.push_back(bench.of_shape({shape[1], hidden}));
        step.flag = bench.choices().one_in(2);
        return shape[0] > 0;
      },
      [](const Step&, const Operands& in) {
        const std::size_t steps = in[0]->shape[0], batch = in[0]->shape[1], hidden = in[2]->shape[0];
        Array h = *in[4], all{{steps, batch, hidden}, {}};
        for (std::size_t t = 0; t < steps; ++t) {
          h = build({batch, hidden}, [&](const Index& index) {
            Moving sum = in[2]->at({index[1]});
            for (std::size_t d = 0; d < in[0]->shape[2]; ++d)
              sum += in[0]->at({t, index[0], d}) * in[1]->at({index[1], d});
            for (std::size_t k = 0; k < hidden; ++k) sum += h.at({index[0], k}) * in[3]->at({index[1], k});
            return tanh(sum);
          });
          all.numbers.insert(all.numbers.end(), h.numbers.begin(), h.numbers.end());
        }
        return Arrays{all, h};
      },
      []<class Scalar>(const Step& step, const Nodes<Scalar>& in) {
        Nodes<Scalar> states;
        const auto projected = step.flag ? linear(in[0], in[1], in[2]) : Variable<Scalar>();
        auto h = in[4];
        for (std::size_t t = 0; t < in[0].shape()[0]; ++t) {
          h = step.flag ? tanh(add_linear(at_step(projected, t), h, in[3]))
                        : tanh(linear(at_step(in[0], t), in[1], in[2]) + linear(h, in[3]));
          states.push_back(h);
        }
        return Nodes<Scalar>{stack(states), h};
      });
}

}  // namespace

std::vector<OpKind> time_kinds() {
  std::vector<OpKind> all = pooling_kinds();
  const auto ragged = ragged_kinds();
  all.insert(all.end(), ragged.begin(), ragged.end());
  return all;
}

std::vector<OpKind> recurrent_kinds() {
  OpKind kind = recurrence_kind();
  kind.rounding = 1000;  // many steps of large weights are chaotic
  return {kind};
}

}  // namespace fuzzing
