#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/activations.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/linear.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/matmul.hpp>
#include <unroll/ops/operands/picked_rows.hpp>
#include <unroll/ops/reduction.hpp>
#include <unroll/ops/rows.hpp>
#include <unroll/ops/shaping.hpp>

#include <functional>

// Products with picked rows, against products with a copy of them. What tapes of values keep: kept_products_test.cpp.
using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

constexpr std::size_t vocabulary = 5, width = 3;

struct Model {
  Parameter<double> table{normal<double>(Random(1), {vocabulary, width})};
  Parameter<double> other_table{normal<double>(Random(2), {vocabulary, width})};
  Parameter<double> weight{normal<double>(Random(3), {width, width})};
  Parameter<double> other_weight{normal<double>(Random(4), {width, width})};
  Parameter<double> bias{normal<double>(Random(5), {width})};
  Parameter<double> other_bias{normal<double>(Random(6), {width})};
  static void members(auto& self, auto&& visit) {
    visit("table", self.table);
    visit("other_table", self.other_table);
    visit("weight", self.weight);
    visit("other_weight", self.other_weight);
    visit("bias", self.bias);
    visit("other_bias", self.other_bias);
  }
};

Tensor<int> tokens(const Shape& shape, std::uint64_t seed = 1) {
  Tensor<int> result(shape);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<int>(Random(seed).bits(i) % vocabulary);
  return result;
}

using Outputs = std::vector<Variable<double>>;
/// Rows of a table for tokens: as rows() gives them, or as numbers that do not tell where they are from.
using Pick = std::function<Variable<double>(Variable<double> table, const Tensor<int>& tokens)>;
using Build = std::function<Outputs(Tape<double>& tape, Model& model, const Pick& pick)>;

Variable<double> pick_rows(Variable<double> table, const Tensor<int>& which) { return rows(table, which); }
Variable<double> copy_rows(Variable<double> table, const Tensor<int>& which) { return rows(table, which) * 1.0; }

/// Values of the outputs, then gradients of the parameters; a row of nothing for none.
std::vector<std::vector<double>> everything(const Build& build, Model& model, const Pick& pick) {
  Tape<double> tape;
  for (double& number : tape.scratch<double>(30000)) number = std::numeric_limits<double>::quiet_NaN();
  tape.clear();
  const Outputs outputs = build(tape, model, pick);
  std::vector<Tensor<double>> cotangents;
  std::vector<Seed<double>> seeds;
  for (const auto& output : outputs)
    cotangents.push_back(normal<double>(Random(7).split(cotangents.size()), output.shape()));
  for (std::size_t i = 0; i < outputs.size(); ++i) seeds.push_back({outputs[i], cotangents[i]});
  tape.backward(std::span<const Seed<double>>(seeds));
  std::vector<std::vector<double>> found;
  for (const auto& output : outputs) found.push_back(numbers_of(output));
  for (const auto& [name, parameter] : parameters_of<double>(model)) {
    const double* const gradient = tape.gradient_of(*parameter);
    found.emplace_back(gradient, gradient == nullptr ? gradient : gradient + parameter->value().size());
  }
  return found;
}

/// The same values and gradients as with copied rows, and gradients that central differences confirm.
void expect_as_copied(const Build& build, Model model = {}) {
  const auto found = everything(build, model, pick_rows), expected = everything(build, model, copy_rows);
  REQUIRE(found.size() == expected.size());
  for (std::size_t k = 0; k < found.size(); ++k) {
    REQUIRE(found[k].size() == expected[k].size());
    for (std::size_t i = 0; i < found[k].size(); ++i) {
      CAPTURE(k, i);
      CHECK(found[k][i] == Approx(expected[k][i]).epsilon(1e-12).margin(1e-12));
    }
  }
  for (const auto& [name, parameter] : parameters_of<double>(model))
    if (parameter->frozen) return;
  const auto report = check_gradients(model, [&](auto& tape, const auto&) { return build(tape, model, pick_rows); });
  INFO(report);
  CHECK(report.passed());
}

bool is_picked(Variable<double> x) { return detail::picked_rows(x) != nullptr; }

}  // namespace

TEST_CASE("a product with more picked rows than the table has is picked from one with the table", "[picked-rows]") {
  Model model;
  Tape<double> tape(GENERATE(Recording::gradients, Recording::values));
  const auto product = [&](std::size_t count) {
    tape.clear();
    return linear(rows(tape, model.table, tokens({count})), model.other_weight, model.bias);
  };
  CHECK_FALSE(is_picked(product(2)));
  if (tape.records_gradients()) {
    CHECK_FALSE(is_picked(product(vocabulary)));
    CHECK(is_picked(product(vocabulary + 1)));
    CHECK_FALSE(is_picked(product(1)));
  } else {  // tokens are counted over the recordings
    CHECK_FALSE(is_picked(product(3)));
    CHECK(is_picked(product(1)));
    CHECK(is_picked(product(1)));
  }
}

TEST_CASE("linear and matmul of picked rows are those of copied ones, fewer, as many as or more than the table has",
          "[picked-rows][gradient]") {
  const auto which = tokens(GENERATE(Shape{1}, Shape{4}, Shape{5}, Shape{6}, Shape{4, 3}, Shape{7, 2, 2}, Shape{0, 6}));
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    return Outputs{linear(pick(tape.use(model.table), which), model.weight, model.bias)};
  });
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    return Outputs{linear(pick(tape.use(model.table), which), model.weight)};
  });
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    return Outputs{matmul(pick(tape.use(model.table), which), model.weight)};
  });
}

TEST_CASE("products one step at a time are collapsed from where it pays", "[picked-rows][gradient]") {
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    const auto x = pick(tape.use(model.table), tokens({6, 2}));
    Outputs outputs;
    for (std::size_t t = 0; t < 6; ++t) {
      outputs.push_back(linear(at_step(x, t), model.weight, model.bias));
      if (is_picked(x) && tape.records_gradients()) CHECK(is_picked(outputs.back()) == (t >= 2));
    }
    return outputs;
  });
}

TEST_CASE("one weight and two tables, or a table and two weights, do not get in each other's way",
          "[picked-rows][gradient]") {
  const auto first = tokens({7}, 1), second = tokens({8}, 2);
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    const auto a = pick(tape.use(model.table), first), b = pick(tape.use(model.other_table), second);
    return Outputs{linear(a, model.weight), linear(b, model.weight), linear(a, model.weight), linear(b, model.weight)};
  });
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    const auto a = pick(tape.use(model.table), first);
    return Outputs{linear(a, model.weight), linear(a, model.other_weight), linear(a, model.weight)};
  });
}

TEST_CASE("nor do linear and matmul with one weight, or different biases", "[picked-rows][gradient]") {
  const auto which = tokens({7});
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    const auto a = pick(tape.use(model.table), which);
    return Outputs{linear(a, model.weight), matmul(a, model.weight), matmul(a, model.weight), linear(a, model.weight)};
  });
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    const auto a = pick(tape.use(model.table), which);
    return Outputs{linear(a, model.weight, model.bias), linear(a, model.weight, model.other_bias),
                   linear(a, model.weight), linear(a, model.weight, model.bias)};
  });
}

TEST_CASE("a copy of a table or of a bias has the same numbers and gradients of its own", "[picked-rows][gradient]") {
  const auto which = tokens({9});
  Model model;
  model.other_table = model.table;
  model.other_bias = model.bias;
  const auto build = [&](auto& tape, auto& used, auto& pick) {
    const auto a = pick(tape.use(used.table), which), b = pick(tape.use(used.other_table), which);
    return Outputs{linear(a, used.weight, used.bias), linear(b, used.weight, used.bias),
                   linear(a, used.weight, used.other_bias)};
  };
  expect_as_copied(build, model);
}

TEST_CASE("a frozen table, weight or bias gets no gradient, the others get theirs", "[picked-rows][gradient]") {
  Model model;
  const unsigned frozen = GENERATE(1u, 2u, 3u, 4u, 5u, 6u);
  model.table.frozen = (frozen & 1u) != 0;
  model.weight.frozen = (frozen & 2u) != 0;
  model.bias.frozen = (frozen & 4u) != 0;
  expect_as_copied(
      [&](auto& tape, auto& used, auto& pick) {
        return Outputs{linear(pick(tape.use(used.table), tokens({9})), used.weight, used.bias)};
      },
      model);
}

TEST_CASE("a table or a weight may be computed, and a table constant", "[picked-rows][gradient]") {
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    const auto table = tanh(tape.use(model.table)), weight = tanh(tape.use(model.weight));
    return Outputs{linear(pick(table, tokens({9})), weight, model.bias),
                   matmul(pick(table, tokens({9}, 2)), model.weight), linear(pick(table, tokens({2}, 2)), weight)};
  });
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    const auto table = tape.constant(normal<double>(Random(9), {vocabulary, width}));
    return Outputs{linear(pick(table, tokens({9})), model.weight, model.bias)};
  });
}

TEST_CASE("a table and a weight may be one", "[picked-rows][gradient]") {
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {  // tied input and output, and x · Wᵀ with x of W
    const auto x = pick(tape.use(model.table), tokens({9}));
    return Outputs{linear(x, model.table),
                   linear(pick(tape.use(model.weight), Tensor<int>({4}, {2, 0, 0, 1})), model.weight)};
  });
}

TEST_CASE("products of products of picked rows stay picked", "[picked-rows][gradient]") {
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    const auto y = linear(pick(tape.use(model.table), tokens({4, 3})), model.weight, model.bias);
    const auto z = matmul(y, model.other_weight);
    if (tape.records_gradients())
      CHECK(is_picked(y) == is_picked(z));  // else the table of y lasts, that of z would not
    return Outputs{z, at_step(y, 1), linear(z, model.weight, model.other_bias)};
  });
}

TEST_CASE("parts of picked rows are picked, by rows", "[picked-rows][gradient]") {
  const auto which = tokens({5, 2});
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    const auto x = pick(tape.use(model.table), which);
    const auto step = at_step(x, 3), some = slice(x, 0, 1, 3), flat = reshape(x, {10, width}),
               one = slice(step, 0, 1, 1);
    for (const auto& part : {step, some, flat, one}) CHECK(is_picked(part) == is_picked(x));
    return Outputs{linear(step, model.weight, model.bias), linear(some, model.weight, model.bias),
                   linear(flat, model.weight, model.bias), linear(one, model.weight, model.bias)};
  });
}

TEST_CASE("whatever else is cut of picked rows or made of them has their numbers and gradients",
          "[picked-rows][gradient]") {
  const auto which = tokens({5, 2});
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    const auto x = pick(tape.use(model.table), which);
    const auto half = reshape(x, {2, 15}), thirds = slice(x, -1, 1, 2), third = slice(x, -1, 2, 1),
               middle = slice(x, 1, 1, 1), number = slice(reshape(x, {30}), 0, 7, 9);
    const auto rows_and_columns = slice(at_step(x, 2), -1, 0, 2), columns_and_rows = at_step(thirds, 4);
    return Outputs{half * half,
                   thirds * 2,
                   third * third,
                   middle * 3,
                   number * number,
                   reverse(x, 0),
                   transpose(x, 0, 1),
                   rows_and_columns * columns_and_rows,
                   concat({x, x}, 0),
                   map([](auto a, auto b) { return a * b; }, x, reverse(x, 0)),
                   x};
  });
}

TEST_CASE("an op that asks for the numbers of picked rows gets them, before or after a product uses the rows",
          "[picked-rows][gradient]") {
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    const auto x = pick(tape.use(model.table), tokens({9}));
    const auto early = tanh(x), y = linear(x, model.weight, model.bias);
    return Outputs{early, y, x * y, sum(x), tanh(y)};
  });
}

TEST_CASE("a product is added onto picked rows as onto others", "[picked-rows][gradient]") {
  const std::size_t count = GENERATE(2u, 9u);
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    const auto onto = pick(tape.use(model.table), tokens({count})),
               x = pick(tape.use(model.other_table), tokens({count}, 2));
    const auto projected = linear(onto, model.other_weight, model.other_bias);
    return Outputs{add_linear(onto, x, model.weight, model.bias), add_linear(onto, tanh(x), model.weight),
                   add_linear(projected, x, model.weight, model.bias), add_linear(tanh(x), onto, model.weight)};
  });
}

TEST_CASE("a recurrence over picked rows, step by step, is that over copied ones", "[picked-rows][gradient]") {
  expect_as_copied([&](auto& tape, auto& model, auto& pick) {
    const auto projected = linear(pick(tape.use(model.table), tokens({6, 2})), model.weight, model.bias);
    Variable<double> state = tape.zeros({2, width});
    for (std::size_t t = 0; t < 6; ++t) state = tanh(add_linear(at_step(projected, t), state, model.other_weight));
    return Outputs{state};
  });
}

TEST_CASE("the gradient of picked rows is the whole of it when it is to be kept, and no wrong one otherwise",
          "[picked-rows][gradient][error]") {
  Model model;
  const auto gradient_of = [&](const Pick& pick, bool keep) {
    Tape<double> tape;
    const auto x = pick(tape.use(model.table), tokens({4, 2}));
    if (keep) x.keep_gradient();
    const auto y = linear(x, model.weight), z = linear(at_step(x, 1), model.weight) + at_step(x, 2),
               w = add_linear(at_step(x, 3), at_step(x, 0), model.weight), v = slice(x, -1, 1, 1) * 2;
    tape.backward({{y, normal<double>(Random(1), y.shape())},
                   {z, normal<double>(Random(2), z.shape())},
                   {w, normal<double>(Random(3), w.shape())},
                   {v, normal<double>(Random(4), v.shape())}});
    return gradient_numbers_of(x);
  };
  const auto found = gradient_of(pick_rows, true), expected = gradient_of(copy_rows, true);
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(found[i] == Approx(expected[i]).epsilon(1e-12));
  CHECK_THROWS_WITH(gradient_of(pick_rows, false), Contains("gradient: the tape has not kept that of 'rows'"));
}

TEST_CASE("rows of a table that has changed meanwhile are not made", "[picked-rows][error]") {
  Model model;
  Tape<double> tape(GENERATE(Recording::gradients, Recording::values));
  const auto x = rows(tape, model.table, tokens({9}));
  model.table.mutable_value()[0] = 7;
  CHECK_THROWS_WITH(x.value(), Contains("a parameter of shape [5, 3], used at")
                                   && Contains("has changed since this tape first used it"));
  if (!tape.records_gradients())
    CHECK_THROWS_WITH(linear(x, model.weight), Contains("has changed since this tape first used it"));
}

TEST_CASE("a table of no columns gives a product of its bias alone", "[picked-rows]") {
  Tape<double> tape;
  const Parameter<double> table(Tensor<double>({2, 0})), weight(Tensor<double>({3, 0})),
      bias(Tensor<double>({3}, {1, 2, 3}));
  const auto x = rows(tape, table, Tensor<int>({2, 2}, {0, 1, 1, 0}));
  CHECK(numbers_of(linear(x, weight, bias)) == std::vector<double>{1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3});
  CHECK(numbers_of(linear(at_step(x, 1), weight, bias)) == std::vector<double>{1, 2, 3, 1, 2, 3});
}
