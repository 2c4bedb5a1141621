#include "support/sizes.hpp"

#include <unroll/ops/ops.hpp>
#include <unroll/ops/product.hpp>

#include <array>

// Every public op with a size that was computed wrong: as a parameter (an axis, a place, a count, a length) and as an
// extent of an operand. The list was made by going through all headers of the folder: each op of ops.hpp is here, and
// so are the functions of product.hpp. An operand of any extent is to be had for nothing, since another of its extents
// is 0: what an op does then must not go by the extent alone. Each result is swept too. Left out are the headers that
// say that they are for the sources of ops (row_kernels.hpp, product_kernel.hpp and others), whose callers have
// checked.

using namespace unroll;
using namespace unroll::testing;

namespace {

using Size = std::size_t;
using Op = std::function<Variable<>(Tape<>&, Size)>;

/// An input of zeros.
Variable<> make(Tape<>& tape, const Shape& shape) { return tape.input(Tensor<>(shape)); }

/// An op whose result has the shape that `shape` says, on the way forward and back.
SizeUse op(std::string name, std::string expected, Op of, std::function<Shape(Size)> shape) {
  return {std::move(name), std::move(expected), [=](Size n) {
            Tape<> tape;
            const Variable<> y = of(tape, n);
            if (y.shape() != shape(n) || y.value().size() != shape(n).size()) return false;
            if (y.needs_gradient()) tape.backward(sum(y));
            return true;
          }};
}

/// Of an operand [n, 0], the same shape again.
SizeUse keeping(std::string name, std::function<Variable<>(Variable<>)> of) {
  return op(
      std::move(name), "......",
      [=](auto& tape, Size n) {
        return of(make(tape, {n, 0}));
      },
      [](Size n) {
        return Shape{n, 0};
      });
}

/// Shapes of results.
auto always(const Shape& shape) {
  return [shape](Size) { return shape; };
}
Shape line(Size n) { return {n}; }
Shape beside_0(Size n) { return {n, 0}; }
Shape before_0(Size n) { return {0, n}; }

std::ptrdiff_t as_axis(Size n) { return static_cast<std::ptrdiff_t>(n); }

std::vector<SizeUse> elementwise() {
  return {
      keeping("exp", [](auto x) { return exp(x); }),
      keeping("log", [](auto x) { return log(x); }),
      keeping("sqrt", [](auto x) { return sqrt(x); }),
      keeping("square", [](auto x) { return square(x); }),
      keeping("abs", [](auto x) { return abs(x); }),
      keeping("pow", [](auto x) { return pow(x, 3) + pow(x, x); }),
      keeping("tanh", [](auto x) { return tanh(x); }),
      keeping("sigmoid", [](auto x) { return sigmoid(x); }),
      keeping("relu", [](auto x) { return relu(x); }),
      keeping("leaky_relu", [](auto x) { return leaky_relu(x, 0.1f); }),
      keeping("elu", [](auto x) { return elu(x, 0.1f); }),
      keeping("softplus", [](auto x) { return softplus(x); }),
      keeping("gelu", [](auto x) { return gelu(x); }),
      keeping("clamp", [](auto x) { return clamp(x, 0, 1); }),
      keeping("maximum", [](auto x) { return maximum(x, x); }),
      keeping("minimum", [](auto x) { return minimum(x, x); }),
      keeping("where", [](auto x) { return where(Tensor<>(x.shape()), x, x); }),
      keeping("map", [](auto x) { return map([](auto a, auto b) { return a * b; }, x, x); }),
      keeping("operators", [](auto x) { return (x + x) * (x - 1) / (2 * x); }),
      keeping("zoneout", [](auto x) { return zoneout(x, x, 0.5, Random(1)); }),
      keeping("zoneout_mean", [](auto x) { return zoneout_mean(x, x, 0.5); }),
      keeping("dropout", [](auto x) { return dropout(x, 0.5, Random(1)); }),
      keeping("sequence_dropout", [](auto x) { return sequence_dropout(x, 0.5, Random(1)); }),
      op(
          "sequence_dropout, features", "..mmxx",
          [](auto& tape, Size n) {
            return sequence_dropout(make(tape, {0, n}), 0.5, Random(1));
          },
          before_0),
  };
}

bool drops_by(const Variable<>& dropped, Size first) {
  for (Size i = 0; i < dropped.shape().size(); ++i)
    if ((dropped.value()[i] == 0) != (Random(1).bits(first + i) < 1u << 31)) return false;
  return true;
}

std::vector<SizeUse> positions_of_noise() {
  static const Tensor<> ones({3, 2}, 1);
  return {
      {"dropout, first", "......",
       [](Size n) {
         Tape<> tape;
         return drops_by(dropout(tape.input(ones), 0.5, Random(1), n), n);
       }},
      {"dropout_rows, first", "......",
       [](Size n) {
         Tape<> tape;
         return drops_by(dropout_rows(tape.input(ones), 0.5, Random(1), n, std::array{0, 1, 2}), n);
       }},
  };
}

std::vector<SizeUse> shapes() {
  const auto three = [](Size n) { return Shape{n, 3, 0}; };
  return {
      op(
          "reshape", "x.xxxx", [](auto& tape, Size n) { return reshape(make(tape, {1}), {n}); }, line),
      op(
          "reshape beside 0", "......",
          [](auto& tape, Size n) {
            return reshape(make(tape, {0, 3}), {n, 0});
          },
          beside_0),
      op(
          "transpose", "......",
          [](auto& tape, Size n) {
            return transpose(make(tape, {n, 0}));
          },
          before_0),
      op(
          "transpose back", "......",
          [](auto& tape, Size n) {
            return transpose(make(tape, {0, n}));
          },
          beside_0),
      op(
          "transpose of three", ".....x",
          [=](auto& tape, Size n) {
            return transpose(make(tape, {3, n, 0}), 0, 1);
          },
          three),
      op(
          "transpose, axis", "..xxx.",
          [](auto& tape, Size n) {
            return transpose(make(tape, {2, 2}), as_axis(n), 0);
          },
          always({2, 2})),
      op(
          "slice, first", "..xxxx",
          [](auto& tape, Size n) {
            return slice(make(tape, {1, 2}), 0, n, 0);
          },
          always({0, 2})),
      op(
          "slice, count", "..xxxx",
          [](auto& tape, Size n) {
            return slice(make(tape, {1, 2}), 0, 0, n);
          },
          [](Size n) {
            return Shape{n, 2};
          }),
      op(
          "slice of columns, first", "..xxxx",
          [](auto& tape, Size n) {
            return slice(make(tape, {2, 1}), 1, n, 0);
          },
          always({2, 0})),
      op(
          "slice of columns, count", "..xxxx",
          [](auto& tape, Size n) {
            return slice(make(tape, {2, 1}), 1, 0, n);
          },
          [](Size n) {
            return Shape{2, n};
          }),
      op(
          "slice, axis", "..xxx.",
          [](auto& tape, Size n) {
            return slice(make(tape, {2, 2, 2}), as_axis(n), 0, 2);
          },
          always({2, 2, 2})),
      op(
          "slice of columns beside 0", "......",
          [](auto& tape, Size n) {
            return slice(make(tape, {n, 3 * 0}), 1, 0, 0);
          },
          beside_0),
      op(
          "slice of the middle", "....xx",
          [](auto& tape, Size n) {
            return slice(make(tape, {n, 4, 0}), 1, 1, 3);
          },
          three),
      op(
          "at_step", ".xxxxx",
          [](auto& tape, Size n) {
            return at_step(make(tape, {1, 2}), n);
          },
          always({2})),
      op(
          "at_step, the last", "x.....",
          [](auto& tape, Size n) {
            return at_step(make(tape, {n, 0}), n - 1);
          },
          always({0})),
      op(
          "split, parts", "x.xxxx",
          [](auto& tape, Size n) {
            return split(make(tape, {1, 2}), 0, n)[0];
          },
          always({1, 2})),
      op(
          "split of nothing, parts", "x.xxxx",
          [](auto& tape, Size n) {
            return split(make(tape, {0, 2}), 0, n).at(n - 1);
          },
          always({0, 2})),
      op(
          "split, axis", "..xxx.",
          [](auto& tape, Size n) {
            return split(make(tape, {2, 2}), as_axis(n), 1)[0];
          },
          always({2, 2})),
      op(
          "split, sizes", "x.xxxx",
          [](auto& tape, Size n) {
            return split(make(tape, {2}), 0, {n, 1})[0];
          },
          line),
      op(
          "split, sizes that wrap", "xxxxxx",
          [](auto& tape, Size n) {
            return split(make(tape, {1}), 0, {n, 2})[0];
          },
          line),
      op(
          "split in four", "......",
          [](auto& tape, Size n) {
            return split<4>(make(tape, {n, 0}))[3];
          },
          beside_0),
      op(
          "reverse", "......",
          [](auto& tape, Size n) {
            return reverse(make(tape, {n, 0}), 0);
          },
          beside_0),
      op(
          "reverse of rows", "......",
          [](auto& tape, Size n) {
            return reverse(make(tape, {n, 0}), 1);
          },
          beside_0),
      op(
          "reverse, axis", "..xxx.",
          [](auto& tape, Size n) {
            return reverse(make(tape, {2, 2}), as_axis(n));
          },
          always({2, 2})),
      op(
          "broadcast", "..mmxx", [](auto& tape, Size n) { return broadcast(make(tape, {1}), {n}); }, line),
      op(
          "broadcast beside 0", "......",
          [](auto& tape, Size n) {
            return broadcast(make(tape, {1, 0}), {n, 0});
          },
          beside_0),
      op(
          "concat", ".....x",
          [](auto& tape, Size n) {
            return concat({make(tape, {n, 0}), make(tape, {1, 0})}, 0);
          },
          [](Size n) {
            return Shape{n + 1, 0};
          }),
      op(
          "concat with itself", ".....x",
          [](auto& tape, Size n) {
            return concat({make(tape, {n, 0}), make(tape, {n, 0})}, 0);
          },
          [](Size n) {
            return Shape{2 * n, 0};
          }),
      op(
          "concat of rows", "......",
          [](auto& tape, Size n) {
            return concat({make(tape, {n, 0}), make(tape, {n, 0})}, 1);
          },
          beside_0),
      op(
          "concat, axis", "..xxx.",
          [](auto& tape, Size n) {
            return concat({make(tape, {2, 2})}, as_axis(n));
          },
          always({2, 2})),
      op(
          "stack", ".....x",
          [](auto& tape, Size n) {
            return stack({make(tape, {n, 0}), make(tape, {n, 0}), make(tape, {n, 0})}, 1);
          },
          three),
      op(
          "stack, axis", "..xxx.",
          [](auto& tape, Size n) {
            return reshape(stack({make(tape, {2, 2})}, as_axis(n)), {2, 2});
          },
          always({2, 2})),
  };
}

std::vector<SizeUse> reductions() {
  const auto beside = [](Tape<>& tape, Size n) { return make(tape, {n, 0}); };
  return {
      op(
          "sum", "......", [=](auto& tape, Size n) { return sum(beside(tape, n)); }, always({})),
      op(
          "sum of columns", "......", [=](auto& tape, Size n) { return sum(beside(tape, n), 0); }, always({0})),
      op(
          "sum of rows", "..mmxx", [=](auto& tape, Size n) { return sum(beside(tape, n), 1); }, line),
      op(
          "sum of the middle", ".....x",
          [](auto& tape, Size n) {
            return sum(make(tape, {n, 3, 0}), 1);
          },
          beside_0),
      op(
          "sum, axis", "..xxx.",
          [](auto& tape, Size n) {
            return sum(make(tape, {2, 2}), as_axis(n));
          },
          always({2})),
      op(
          "mean", "xxxxxx", [=](auto& tape, Size n) { return mean(beside(tape, n)); }, always({})),
      op(
          "mean of columns", "......", [=](auto& tape, Size n) { return mean(beside(tape, n), 0); }, always({0})),
      op(
          "mean of rows", ".xxxxx", [=](auto& tape, Size n) { return mean(beside(tape, n), 1); }, line),
      op(
          "mean of the middle", ".....x",
          [](auto& tape, Size n) {
            return mean(make(tape, {n, 3, 0}), 1);
          },
          beside_0),
      op(
          "mean, axis", "..xxx.",
          [](auto& tape, Size n) {
            return mean(make(tape, {2, 2}), as_axis(n));
          },
          always({2})),
      op(
          "max", "xxxxxx", [=](auto& tape, Size n) { return max(beside(tape, n)); }, always({})),
      op(
          "max of columns", "......", [=](auto& tape, Size n) { return max(beside(tape, n), 0); }, always({0})),
      op(
          "max of rows", ".xxxxx", [=](auto& tape, Size n) { return max(beside(tape, n), 1); }, line),
      op(
          "max, axis", "..xxx.",
          [](auto& tape, Size n) {
            return max(make(tape, {2, 2}), as_axis(n));
          },
          always({2})),
      op(
          "reduce", "......", [=](auto& tape, Size n) { return reduce("f", beside(tape, n), Reduction::sum); },
          always({})),
      op(
          "softmax", "......", [=](auto& tape, Size n) { return softmax(beside(tape, n)); }, beside_0),
      op(
          "softmax of columns", "......", [=](auto& tape, Size n) { return softmax(beside(tape, n), 0); }, beside_0),
      op(
          "softmax, axis", "..xxx.",
          [](auto& tape, Size n) {
            return softmax(make(tape, {2, 2}), as_axis(n));
          },
          always({2, 2})),
      op(
          "log_softmax", "......", [=](auto& tape, Size n) { return log_softmax(beside(tape, n)); }, beside_0),
      op(
          "log_softmax of columns", "......", [=](auto& tape, Size n) { return log_softmax(beside(tape, n), 0); },
          beside_0),
      op(
          "log_softmax, axis", "..xxx.",
          [](auto& tape, Size n) {
            return log_softmax(make(tape, {2, 2}), as_axis(n));
          },
          always({2, 2})),
      op(
          "logsumexp", "..mmxx", [=](auto& tape, Size n) { return logsumexp(beside(tape, n)); }, line),
      op(
          "logsumexp of columns", "......", [=](auto& tape, Size n) { return logsumexp(beside(tape, n), 0); },
          always({0})),
      op(
          "logsumexp, axis", "..xxx.",
          [](auto& tape, Size n) {
            return logsumexp(make(tape, {2, 2}), as_axis(n));
          },
          always({2})),
      op(
          "layer_norm", "......",
          [=](auto& tape, Size n) { return layer_norm(beside(tape, n), make(tape, {0}), make(tape, {0})); }, beside_0),
      op(
          "add_bias", "......", [=](auto& tape, Size n) { return add_bias(beside(tape, n), make(tape, {0})); },
          beside_0),
  };
}

/// Three products with one weight, so that it is packed, and its gradient gathered.
Variable<> thrice(Variable<> first, Variable<> others, Variable<> weight) {
  const auto y = linear(first, weight);
  static_cast<void>(linear(others, weight));
  return add_linear(y, others, weight);
}

std::vector<SizeUse> products() {
  const auto square_of = [](Size n) { return Shape{n, n}; };
  static std::array<float, 1> number{};
  return {
      op(
          "matmul", "..xxxx",
          [](auto& tape, Size n) {
            return matmul(make(tape, {n, 0}), make(tape, {0, n}));
          },
          square_of),
      op(
          "matmul of rows", "......",
          [](auto& tape, Size n) {
            return matmul(make(tape, {n, 0}), make(tape, {0, 0}));
          },
          beside_0),
      op(
          "matmul, inner", "......",
          [](auto& tape, Size n) {
            return matmul(make(tape, {0, n}), make(tape, {n, 0}));
          },
          always({0, 0})),
      op(
          "linear", "......",
          [](auto& tape, Size n) {
            return linear(make(tape, {n, 0}), make(tape, {0, 0}));
          },
          beside_0),
      op(
          "linear, outputs", "..mmxx",
          [](auto& tape, Size n) {
            return linear(make(tape, {1, 0}), make(tape, {n, 0}));
          },
          [](Size n) {
            return Shape{1, n};
          }),
      op(
          "linear, inputs", "......",
          [](auto& tape, Size n) {
            return linear(make(tape, {0, n}), make(tape, {0, n}));
          },
          always({0, 0})),
      op(
          "linear with a bias", "......",
          [](auto& tape, Size n) {
            return linear(make(tape, {n, 0}), make(tape, {0, 0}), make(tape, {0}));
          },
          beside_0),
      op(
          "add_linear", "......",
          [](auto& tape, Size n) {
            return add_linear(make(tape, {n, 0}), make(tape, {n, 0}), make(tape, {0, 0}));
          },
          beside_0),
      op(
          "add_linear with a bias", "......",
          [](auto& tape, Size n) {
            return add_linear(make(tape, {n, 0}), make(tape, {n, 0}), make(tape, {0, 0}), make(tape, {0}));
          },
          beside_0),
      op(
          "linear thrice", "......",
          [](auto& tape, Size n) {
            const auto x = make(tape, {n, 0});
            return thrice(x, x, make(tape, {0, 0}));
          },
          beside_0),
      op(
          "linear after one row", "......",
          [](auto& tape, Size n) {
            const auto w = make(tape, {0, 0});
            const auto y = linear(make(tape, {n, 0}), w);
            return concat({sum(linear(make(tape, {1, 0}), w), 0), sum(y, 0)}, 0);
          },
          always({0})),
      {"product", "......",
       [](Size n) {
         return product<float>({number.data(), n, 0}, {number.data(), 0, 0}, number.data(), true), true;
       }},
      {"product of pairs", "......",
       [](Size n) {
         return product(RowPairs<float>{{}, {}, n, 0}, number.data(), true), true;
       }},
      {"product, packed", "......",
       [](Size n) {
         return product({number.data(), n, 1}, PackedMatrix<float>{1, 0, number.data()}, number.data(), true), true;
       }},
      {"packed_size, rows", "....xx",
       [](Size n) {
         return packed_size(Matrix<float>{nullptr, n, 16}) >= n * 16;
       }},
      {"packed_size, columns", "....xx",
       [](Size n) {
         return packed_size(Matrix<float>{nullptr, 16, n}) >= n * 16;
       }},
      {"packed_size, of duals", "....xx",
       [](Size n) {
         return packed_size(Matrix<DualNumber>{nullptr, n, 16}) >= n * 16;
       }},
      {"packing_pays", "......", [](Size n) { return packing_pays(n, true, true), true; }},
      {"set_product_threads", "x.x.xx", [](Size n) { return set_product_threads(static_cast<int>(n)), true; }},
  };
}

std::vector<SizeUse> rows_and_places() {
  static const Tensor<int> first({1}, {0}), none_and_first({2}, {-1, 0});
  const auto pairs = [](Size n) { return Shape{n, 0, 2}; };
  return {
      op(
          "rows, table", "x.....",
          [](auto& tape, Size n) {
            return rows(make(tape, {n, 0}), first);
          },
          always({1, 0})),
      op(
          "rows, tokens", "......",
          [](auto& tape, Size n) {
            return rows(make(tape, {3, 2}), Tensor<int>({n, 0}));
          },
          pairs),
      op(
          "linear of rows", "x....x",
          [](auto& tape, Size n) {
            return linear(rows(make(tape, {n, 0}), first), make(tape, {3, 0}));
          },
          always({1, 3})),
      op(
          "repeated_row", ".xxxxx",
          [](auto& tape, Size n) {
            return repeated_row(make(tape, {1, 2}), n, 1);
          },
          always({1, 2})),
      op(
          "repeated_row of many", "..xxxx",
          [](auto& tape, Size n) {
            return repeated_row(make(tape, {Size{1} << 63, 0}), n, 1);
          },
          always({1, 0})),
      op(
          "repeated_row, count", "..mmxx",
          [](auto& tape, Size n) {
            return repeated_row(make(tape, {1, 2}), 0, n);
          },
          [](Size n) {
            return Shape{n, 2};
          }),
      op(
          "take_rows", "x.....",
          [](auto& tape, Size n) {
            return take_rows(make(tape, {n, 0}), none_and_first);
          },
          always({2, 0})),
      op(
          "take_rows, places", "......",
          [](auto& tape, Size n) {
            return take_rows(make(tape, {3, 2}), Tensor<int>({n, 0}));
          },
          pairs),
  };
}

std::vector<SizeUse> over_time() {
  const auto steps = [](Tape<>& tape, Size n) { return make(tape, {n, 1, 0}); };
  const auto one_step = [](Tape<>& tape) { return make(tape, {1, 1, 2}); };
  const auto pair = always({1, 2});
  return {
      op(
          "existing_steps", "......", [=](auto& tape, Size n) { return existing_steps(steps(tape, n), {}); }, beside_0),
      op(
          "existing_steps, one of n", "x.xxxx",
          [=](auto& tape, Size n) { return existing_steps(steps(tape, n), std::array{Size{1}}); }, always({1, 0})),
      op(
          "existing_steps, lengths", "..xxxx",
          [=](auto& tape, Size n) { return existing_steps(one_step(tape), std::array{n}); },
          [](Size n) {
            return Shape{n, 2};
          }),
      op(
          "padded_steps, steps", "x.xxxx",
          [](auto& tape, Size n) {
            return padded_steps(make(tape, {1, 2}), n, 1, {});
          },
          always({1, 1, 2})),
      op(
          "padded_steps, batch", "x.xxxx",
          [](auto& tape, Size n) {
            return padded_steps(make(tape, {1, 2}), 1, n, {});
          },
          always({1, 1, 2})),
      op(
          "padded_steps of none, steps", "......",
          [](auto& tape, Size n) {
            return padded_steps(make(tape, {0, 2}), n, 0, {});
          },
          [](Size n) {
            return Shape{n, 0, 2};
          }),
      op(
          "padded_steps of none, batch", "......",
          [](auto& tape, Size n) {
            return padded_steps(make(tape, {0, 2}), 0, n, {});
          },
          [](Size n) {
            return Shape{0, n, 2};
          }),
      op(
          "padded_steps, lengths", "x.xxxx",
          [](auto& tape, Size n) {
            return padded_steps(make(tape, {1, 2}), 1, 1, std::array{n});
          },
          always({1, 1, 2})),
      op(
          "mean_over_time", "......", [=](auto& tape, Size n) { return mean_over_time(steps(tape, n)); },
          always({1, 0})),
      op(
          "mean_over_time, batch", "..mmxx",
          [](auto& tape, Size n) {
            return mean_over_time(make(tape, {0, n, 0}));
          },
          beside_0),
      op(
          "mean_over_time, lengths", "..xxxx",
          [=](auto& tape, Size n) { return mean_over_time(one_step(tape), std::array{n}); }, pair),
      op(
          "max_over_time", "......", [=](auto& tape, Size n) { return max_over_time(steps(tape, n)); }, always({1, 0})),
      op(
          "max_over_time, lengths", "..xxxx",
          [=](auto& tape, Size n) { return max_over_time(one_step(tape), std::array{n}); }, pair),
      op(
          "last_over_time", "..xxxx", [=](auto& tape, Size n) { return last_over_time(steps(tape, n)); },
          always({1, 0})),
      op(
          "last_over_time, lengths", "..xxxx",
          [=](auto& tape, Size n) { return last_over_time(one_step(tape), std::array{n}); }, pair),
      op(
          "softmax_over_time", "......",
          [](auto& tape, Size n) {
            return softmax_over_time(make(tape, {n, 0}));
          },
          beside_0),
      op(
          "softmax_over_time, batch", "..mmxx",
          [](auto& tape, Size n) {
            return softmax_over_time(make(tape, {0, n}));
          },
          before_0),
      op(
          "softmax_over_time, lengths", "..xxxx",
          [](auto& tape, Size n) {
            return softmax_over_time(make(tape, {1, 1}), std::array{n});
          },
          always({1, 1})),
      op(
          "weighted_sum_over_time", "......",
          [](auto& tape, Size n) {
            return weighted_sum_over_time(make(tape, {n, 0, 0}), make(tape, {n, 0}));
          },
          always({0, 0})),
      op(
          "weighted_sum_over_time, lengths", "..xxxx",
          [=](auto& tape, Size n) {
            return weighted_sum_over_time(one_step(tape), make(tape, {1, 1}), std::array{n});
          },
          pair),
  };
}

std::vector<SizeUse> losses() {
  const LossOptions summed{.reduction = Reduction::sum};
  const auto over = [](Tape<>& tape, const auto& loss, Size n) {
    const std::array lengths{n};
    return loss(make(tape, {1, 1, 2}), make(tape, {1, 1, 2}), LossOptions{Reduction::sum, lengths});
  };
  const auto squares = [](auto x, auto t, auto options) { return mean_squared_error(x, t, options); };
  const auto magnitudes = [](auto x, auto t, auto options) { return mean_absolute_error(x, t, options); };
  const auto robust = [](auto x, auto t, auto options) { return huber(x, t, 1, options); };
  const auto binary = [](auto x, auto t, auto options) { return binary_cross_entropy(x, t, options); };
  const auto of_classes = [](auto x, const Tensor<int>& targets, Lengths lengths) {
    return cross_entropy(x, targets, {.reduction = Reduction::sum, .lengths = lengths});
  };
  const auto of = [&](std::string name, const auto& loss) {
    return op(
        std::move(name), "......",
        [=](auto& tape, Size n) {
          return loss(make(tape, {n, 0}), make(tape, {n, 0}), summed);
        },
        always({}));
  };
  const auto of_lengths = [&](std::string name, const auto& loss) {
    return op(
        std::move(name), "..xxxx", [=](auto& tape, Size n) { return over(tape, loss, n); }, always({}));
  };
  return {
      of("mean_squared_error", squares),
      of("mean_absolute_error", magnitudes),
      of("huber", robust),
      of("binary_cross_entropy", binary),
      of_lengths("mean_squared_error, lengths", squares),
      of_lengths("mean_absolute_error, lengths", magnitudes),
      of_lengths("huber, lengths", robust),
      of_lengths("binary_cross_entropy, lengths", binary),
      op(
          "mean_squared_error of nothing", "xxxxxx",
          [](auto& tape, Size n) {
            return mean_squared_error(make(tape, {n, 0}), make(tape, {n, 0}));
          },
          always({})),
      op(
          "cross_entropy, classes", "......",
          [=](auto& tape, Size n) {
            return of_classes(make(tape, {0, n}), Tensor<int>({0}), {});
          },
          always({})),
      op(
          "cross_entropy, targets", "......",
          [=](auto& tape, Size n) {
            return of_classes(make(tape, {n, 0, 3}), Tensor<int>({n, 0}), {});
          },
          always({})),
      op(
          "cross_entropy, lengths", "..xxxx",
          [=](auto& tape, Size n) {
            return of_classes(make(tape, {1, 1, 2}), Tensor<int>({1, 1}), std::array{n});
          },
          always({})),
  };
}

}  // namespace

TEST_CASE("ops of numbers by themselves take any extent beside 0", "[sizes][error]") {
  expect_outcomes(elementwise());
  expect_outcomes(positions_of_noise());
}

TEST_CASE("ops of shapes refuse a size that was computed wrong, or answer rightly", "[sizes][error]") {
  expect_outcomes(shapes());
}

TEST_CASE("reductions refuse a size that was computed wrong, or answer rightly", "[sizes][error]") {
  expect_outcomes(reductions());
}

TEST_CASE("products refuse a size that was computed wrong, or answer rightly", "[sizes][error]") {
  expect_outcomes(products());
}

TEST_CASE("rows are picked and taken by sizes that exist", "[sizes][error]") { expect_outcomes(rows_and_places()); }

TEST_CASE("ops over time refuse a size that was computed wrong, or answer rightly", "[sizes][error]") {
  expect_outcomes(over_time());
}

TEST_CASE("losses refuse a size that was computed wrong, or answer rightly", "[sizes][error]") {
  expect_outcomes(losses());
}
