#include "support/ops.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/module_file.hpp>
#include <unroll/framework/optimizers/sgd.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/linear.hpp>
#include <unroll/ops/matmul.hpp>
#include <unroll/ops/rows.hpp>

#include <memory>
#include <optional>

// What tapes of values keep from recording to recording - packed weights, products of tables - is never outdated.
using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

constexpr std::size_t vocabulary = 6, width = 19;

struct Model {
  Parameter<double> table, weight, bias, second;
  explicit Model(std::uint64_t seed = 1)
      : table(normal<double>(Random(seed).split(1), {vocabulary, width})),
        weight(normal<double>(Random(seed).split(2), {width, width})),
        bias(normal<double>(Random(seed).split(3), {width})),
        second(normal<double>(Random(seed).split(4), {width, width})) {}
  static void members(auto& self, auto&& visit) {
    visit("table", self.table);
    visit("weight", self.weight);
    visit("bias", self.bias);
    visit("second", self.second);
  }
};

using Numbers = std::vector<double>;

Tensor<int> tokens(std::size_t count) {
  Tensor<int> result({count});
  for (std::size_t i = 0; i < count; ++i) result[i] = static_cast<int>(i * i % vocabulary);
  return result;
}

/// (rows of the table · weightᵀ + bias) · second, three times over.
Variable<double> record(Tape<double>& tape, const Model& model, std::size_t count = 8) {
  auto y = matmul(linear(rows(tape, model.table, tokens(count)), model.weight, model.bias), model.second);
  for (int i = 0; i < 2; ++i) y = matmul(y, model.second);
  return y;
}
Numbers infer(Tape<double>& tape, const Model& model, std::size_t count = 8) {
  tape.clear();
  return numbers_of(record(tape, model, count));
}

/// The same by plain loops.
Numbers expected(const Model& model, std::size_t count = 8) {
  Numbers x(count * width);
  const auto which = tokens(count);
  const auto multiply = [&](const auto& number) {
    Numbers y(x.size());
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = 0; j < width; ++j)
        for (std::size_t k = 0; k < width; ++k) y[i * width + j] += x[i * width + k] * number(k, j);
    x = y;
  };
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = model.table.value()[static_cast<std::size_t>(which[i / width]) * width + i % width];
  multiply([&](std::size_t k, std::size_t j) { return model.weight.value()[j * width + k]; });
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += model.bias.value()[i % width];
  for (int i = 0; i < 3; ++i)
    multiply([&](std::size_t k, std::size_t j) { return model.second.value()[k * width + j]; });
  return x;
}

/// What a tape says that may have kept something is what loops say, and bit for bit what a fresh tape says.
void expect_current(Tape<double>& tape, const Model& model) {
  for (const std::size_t count : {8u, 8u, 1u, 2u, 8u, 1u}) {
    const auto found = infer(tape, model, count), plain = expected(model, count);
    for (std::size_t i = 0; i < plain.size(); ++i) {
      CAPTURE(count, i);
      REQUIRE(found[i] == Approx(plain[i]).epsilon(1e-11).margin(1e-9));
    }
    Tape<double> fresh(Recording::values);
    if (count == 8) CHECK(found == infer(fresh, model, count));
  }
}

}  // namespace

TEST_CASE("a tape of values gives the same results after any change of a parameter", "[kept]") {
  const std::size_t changed = GENERATE(0u, 1u, 2u, 3u);
  Model model;
  const auto parameters = parameters_of<double>(model);
  Parameter<double>& parameter = *parameters[changed].parameter;
  const Model another(2);
  const Tensor<double> numbers = parameters_of<double>(const_cast<Model&>(another))[changed].parameter->value();
  Tape<double> tape(Recording::values);
  expect_current(tape, model);

  SECTION("by writing to it") { parameter.mutable_value()[7] += 1; }
  SECTION("by writing while a tape infers") {
    const auto value = parameter.mutable_value();
    expect_current(tape, model);
    value[3] = 5;
    expect_current(tape, model);
    value[3] = 6;
    (*value)[4] = 7;
  }
  SECTION("by writing to a reference, of which the access has ended") {
    const auto value = parameter.mutable_value();
    double& number = value[0];
    expect_current(tape, model);
    number = 5;
  }
  SECTION("by an update") {
    for (const auto& [name, each] : parameters) each->zero_gradient();
    parameter.add_gradient(numbers);
    Sgd<double>({.learning_rate = 0.1}).update(parameters);
  }
  SECTION("by assignment") { parameter = Parameter<double>(numbers); }
  SECTION("by a copy, and back") {
    const Parameter<double> backup = parameter;
    parameter = *parameters_of<double>(const_cast<Model&>(another))[changed].parameter;
    expect_current(tape, model);
    parameter = backup;
    expect_current(tape, model);
    parameter.mutable_value()[0] += 1;
  }
  SECTION("by a swap") {
    Parameter<double> other(numbers);
    std::swap(parameter, other);
    expect_current(tape, model);
    std::swap(parameter, other);
    expect_current(tape, model);
    std::swap(parameter, other);
  }
  SECTION("by loading it from a file") {
    const TemporaryDirectory directory;
    save_module(directory.path() / "model", another);
    load_module(directory.path() / "model", model);
  }
  SECTION("by loading it from memory") { load_module(to_safetensors(another), model); }
  expect_current(tape, model);
}

TEST_CASE("so it does when a model is destroyed and another is made in its place", "[kept]") {
  Tape<double> tape(Recording::values);
  std::optional<Model> model;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    model.emplace(seed);
    expect_current(tape, *model);
  }
  std::vector<Model> models(3);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    models.insert(models.begin(), Model(seed));  // moves the others
    for (const auto& each : models) expect_current(tape, each);
    models.pop_back();
  }
}

TEST_CASE("models take turns on a tape of values", "[kept]") {
  const Model one(1), two(2);
  const Model copy = one;
  Tape<double> tape(Recording::values);
  for (int i = 0; i < 3; ++i)
    for (const Model* model : {&one, &two, &copy}) expect_current(tape, *model);
}

TEST_CASE("a parameter that changes between two steps of one recording is an error", "[kept][error]") {
  Model model;
  const std::size_t changed = GENERATE(0u, 1u, 2u, 3u);
  Tape<double> tape(Recording::values);
  expect_current(tape, model);
  tape.clear();
  record(tape, model);
  parameters_of<double>(model)[changed].parameter->mutable_value()[0] += 1;
  CHECK_THROWS_WITH(record(tape, model), Contains("has changed since this tape first used it"));
  expect_current(tape, model);
}

TEST_CASE("so it is through a leaf that was made before the change", "[kept][error]") {
  Model model;
  const Parameter<double> backup = model.second;
  Tape<double> tape(Recording::values);
  const auto leaf = tape.use(model.second), x = tape.constant(normal<double>(Random(1), {4, width}));
  matmul(x, leaf);
  model.second.mutable_value()[0] += 1;
  CHECK_THROWS_WITH(matmul(x, leaf), Contains("has changed since this tape first used it"));
  model.second = backup;  // of the same version as before
  expect_current(tape, model);
}

TEST_CASE("two tables with one weight, in one recording or in turns", "[kept]") {
  Model one, two;
  two.weight = one.weight;
  Tape<double> tape(Recording::values);
  const auto product = [&](const Model& of, const Parameter<double>& bias) {
    return linear(rows(tape, of.table, tokens(8)), one.weight, bias);
  };
  const auto check = [&](Variable<double> found, const Model& of, const Parameter<double>& bias) {
    Tape<double> plain;
    const auto expected_product = linear(rows(plain, of.table, tokens(8)) * 1.0, one.weight, bias);
    for (std::size_t i = 0; i < 8 * width; ++i)
      REQUIRE(found.value()[i] == Approx(expected_product.value()[i]).epsilon(1e-12).margin(1e-12));
  };
  two.table = Parameter<double>(normal<double>(Random(9), {vocabulary, width}));
  for (int i = 0; i < 3; ++i) {
    tape.clear();
    // Numbers are asked for when all have been recorded.
    const auto a = product(one, one.bias), b = product(two, one.bias), c = product(two, two.bias),
               d = product(one, one.bias);
    for (double& number : tape.scratch<double>(5000)) number = -1;
    check(a, one, one.bias);
    check(b, two, one.bias);
    check(c, two, two.bias);
    check(d, one, one.bias);
  }
}

TEST_CASE("the memory of a tape of values does not grow with changes of any parameter", "[kept]") {
  Model model;
  const std::size_t changed = GENERATE(0u, 1u, 2u, 3u, 4u);
  Tape<double> tape(Recording::values);
  std::size_t capacity = 0;
  for (int change = 0; change < 1000; ++change) {
    infer(tape, model);
    for (const auto& [name, parameter] : parameters_of<double>(model))
      if (changed == 4 || parameter == parameters_of<double>(model)[changed].parameter)
        parameter->mutable_value()[0] += 1;
    if (change == 10) capacity = tape.capacity();
  }
  CHECK(tape.capacity() == capacity);
  expect_current(tape, model);
}

TEST_CASE("nor does it with tables or biases that take turns with one weight", "[kept]") {
  const Model one(1), two(2);
  Tape<double> tape(Recording::values);
  std::size_t capacity = 0;
  for (int turn = 0; turn < 1000; ++turn) {
    tape.clear();
    linear(rows(tape, (turn % 2 == 0 ? one : two).table, tokens(8)), one.weight, (turn % 4 < 2 ? one : two).bias)
        .value();
    if (turn == 10) capacity = tape.capacity();
  }
  CHECK(tape.capacity() == capacity);
}

TEST_CASE("what is kept is used: a later recording needs less memory of its own", "[kept]") {
  const Model model;
  Tape<double> tape(Recording::values);
  infer(tape, model);
  const std::size_t nodes = tape.size(), kept = tape.bytes();
  infer(tape, model);
  CHECK(tape.size() < nodes);
  CHECK(tape.bytes() < kept);
  infer(tape, model);
  const std::size_t bytes = tape.bytes();
  infer(tape, model);
  CHECK(tape.bytes() == bytes);
}

TEST_CASE("a product of a table that would be larger than 64 MiB is not kept, and the rows are multiplied", "[kept]") {
  constexpr std::size_t rows_of_table = largest_kept_product / 4096 + 1;
  const Parameter<float> table(normal<float>(Random(1), {rows_of_table, 1})),
      weight(normal<float>(Random(2), {4096, 1}));
  Tensor<int> few({200});
  for (std::size_t i = 0; i < few.size(); ++i) few[i] = static_cast<int>(i * 17);
  Tape<float> tape(Recording::values);
  for (std::size_t seen = 0; seen <= rows_of_table; seen += few.size()) {
    tape.clear();
    const auto y = linear(rows(tape, table, few), weight);
    REQUIRE(y.value()[4096 * 3 + 5] == Approx(table.value()[3 * 17] * weight.value()[5]));
  }
  CHECK(tape.capacity() < largest_kept_product * sizeof(float));
}
