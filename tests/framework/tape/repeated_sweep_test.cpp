#include "support/models.hpp"
#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/parameter_copies.hpp>
#include <unroll/models.hpp>
#include <unroll/ops.hpp>

// Recordings that are swept again: after forget_gradients, and after their parameters have changed.
using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

using Numbers = std::vector<double>;

/// Two layers over tokens: an embedding, gathered weight gradients, packed weights, picked rows.
struct Tagger {
  Embedding<double> embedding;
  Layers<LstmCell<double>> layers;
  Linear<double> output;

  explicit Tagger(std::uint64_t seed)
      : embedding({.tokens = 7, .width = 5}, Random(seed)),
        layers(2, {.inputs = 5, .hidden = 20}, Random(seed + 1)),
        output({.inputs = 20, .outputs = 7}, Random(seed + 2)) {}
  Variable<double> loss(Tape<double>& tape, const Tensor<int>& tokens) const {
    return cross_entropy(output(unroll::run(layers, embedding(tape, tokens)).outputs), tokens);
  }
  static void members(auto& self, auto&& visit) {
    visit("embedding", self.embedding), visit("layers", self.layers), visit("output", self.output);
  }
};

struct OneWeight {
  Parameter<double> weight{Tensor<double>({1}, 3.0)};
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};

Tensor<int> some_tokens() {
  Tensor<int> tokens({6, 17});
  for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<int>(i * i % 7);
  return tokens;
}

std::vector<Numbers> gradients(const Tape<double>& tape, const Parameters<double>& parameters) {
  std::vector<Numbers> all;
  for (const auto& [name, parameter] : parameters) {
    const double* const gradient = tape.gradient_of(*parameter);
    all.emplace_back(gradient, gradient + parameter->shape().size());
  }
  return all;
}

}  // namespace

TEST_CASE("a recording that is swept again gives the same gradients, to the bit, in memory that does not grow",
          "[tape]") {
  Tagger model(1);
  const Parameters<double> parameters(model);
  Tape<double> tape;
  tape.set_repeatable(true);
  const auto loss = model.loss(tape, some_tokens());
  tape.backward(loss);
  const auto first = gradients(tape, parameters);
  std::size_t bytes = 0;
  for (int again = 0; again < 4; ++again) {
    tape.forget_gradients();
    tape.backward(loss);
    CHECK(gradients(tape, parameters) == first);
    if (again == 0) bytes = tape.bytes();  // the first time the memory of dead values and packed weights has served
    CHECK(tape.bytes() == bytes);
  }
}

TEST_CASE("other seeds may be given to the second sweep", "[tape]") {
  Tape<double> tape;
  tape.set_repeatable(true);
  const auto x = tape.input(Tensor<double>({2}, {1, 2})), y = scale(x, 3), z = scale(y, 5);
  tape.backward({{z, Tensor<double>({2}, {1, 10})}});
  CHECK(gradient_numbers_of(x) == Numbers{15, 150});
  tape.forget_gradients();
  CHECK_THROWS_WITH(x.gradient(), Contains("asked before backward"));
  tape.backward({{y, Tensor<double>({2}, {1, 1})}});
  CHECK(gradient_numbers_of(x) == Numbers{3, 3});
}

TEST_CASE("between two sweeps nothing is recorded, and without leave there is one sweep", "[tape][error]") {
  Tape<double> tape;
  const auto record = [&] { return scale(tape.input(Tensor<double>({1}, {1})), 2); };
  const auto once = record();
  tape.forget_gradients();  // nothing to forget
  tape.backward(once);
  CHECK_THROWS_WITH(tape.forget_gradients(), Contains("can be swept once") && Contains("set_repeatable"));
  CHECK_THROWS_WITH(tape.backward(once), Contains("swept already"));
  tape.clear();
  tape.set_repeatable(true);
  const auto twice = record();
  tape.backward(twice);
  CHECK_THROWS_WITH(tape.backward(twice), Contains("swept already"));
  tape.forget_gradients();
  CHECK_THROWS_WITH(scale(twice, 2), Contains("scale: recorded after forget_gradients or read_from"));
  tape.clear();
  CHECK_NOTHROW(record());
}

TEST_CASE("checkpoints are refused where a recording is to be swept again", "[tape][error]") {
  const LstmCell<double> cell({.inputs = 2, .hidden = 3}, Random(1));
  Tape<double> tape;
  tape.set_repeatable(true);
  const auto unrolled =
      unroll::run(cell, tape.constant(normal<double>(Random(2), {300, 1, 2})), {.checkpoints = Checkpoints{}});
  CHECK_THROWS_WITH(tape.backward(sum(unrolled.outputs)), Contains("unrolled with checkpoints"));
}

TEST_CASE("a recording that reads copies has the gradients of the weights it was recorded with", "[tape]") {
  Tagger model(1);
  const Parameters<double> parameters(model);
  Tape<double> tape;
  tape.set_repeatable(true);
  const auto loss = model.loss(tape, some_tokens());
  tape.backward(loss);
  const auto expected = gradients(tape, parameters);

  ParameterCopies<double> copies;
  const bool swept_before = GENERATE(true, false);
  if (swept_before) {
    copies.take(parameters);
    tape.read_from(copies);
    tape.forget_gradients();
  } else {
    tape.forget_gradients();
    copies.take(parameters);
    tape.read_from(copies);
  }
  for (const auto& [name, parameter] : parameters)
    for (double& number : parameter->mutable_value()) number = -3 * number + 1;
  tape.backward(loss);
  CHECK(gradients(tape, parameters) == expected);
}

TEST_CASE("slices of a weight read the copy too", "[tape]") {
  GruCell<double> cell({.inputs = 2, .hidden = 3, .reset = GruReset::before_product}, Random(1));
  const Parameters<double> parameters(cell);
  const Tensor<double> weight = cell.weights.hidden_weight.value();
  const auto gradients_after = [&](double change) {
    Tape<double> tape;
    const auto loss = sum(square(unroll::run(cell, tape.constant(normal<double>(Random(2), {4, 2, 2}))).outputs));
    ParameterCopies<double> copies;
    copies.take(parameters);
    tape.read_from(copies);
    for (double& number : cell.weights.hidden_weight.mutable_value()) number += change;
    tape.backward(loss);
    *cell.weights.hidden_weight.mutable_value() = weight;
    return gradients(tape, parameters);
  };
  CHECK(gradients_after(0) == gradients_after(1024));
}

TEST_CASE("copies of other values are refused", "[tape][error]") {
  Tagger model(1), other(2);
  Tape<double> tape;
  model.loss(tape, some_tokens());
  ParameterCopies<double> copies;
  copies.take(Parameters<double>(other));
  CHECK_THROWS_WITH(tape.read_from(copies), Contains("read_from: there is no copy") && Contains("another model"));
}

TEST_CASE("copies are refused where nested tapes have read the parameters themselves", "[tape][error]") {
  const LstmCell<double> cell({.inputs = 2, .hidden = 3}, Random(1));
  Tape<double> tape;
  unroll::run(cell, tape.constant(normal<double>(Random(2), {300, 1, 2})), {.checkpoints = Checkpoints{}});
  CHECK_THROWS_WITH(tape.read_from(ParameterCopies<double>()), Contains("unrolled with checkpoints"));
}

TEST_CASE("a tape that is nested in a rule reads the copies too", "[tape][nested]") {
  OneWeight model;
  Parameter<double>& weight = model.weight;
  Tape<double> tape;
  const auto leaf = tape.use(weight), x = tape.input(Tensor<double>({1}, 1.0));
  const auto y = tape.record("times weight", {1}, {x, leaf});
  *y.writable() = 3;
  y.on_backward([x, y, &tape, &weight] {
    Tape<double>& nested = tape.nested(Recording::values);
    *x.mutable_gradient() += y.upstream()[0] * nested.use(weight).item();
    CHECK(nested.version_of(nested.use(weight)) == 0);  // of no present value: nothing that is derived may be kept
  });
  ParameterCopies<double> copies;
  copies.take(Parameters<double>(model));
  tape.read_from(copies);
  weight.mutable_value()[0] = 5;
  tape.backward(y);
  CHECK(x.gradient()[0] == 3);
}

TEST_CASE("a weight that is used in both turns, once each, is not packed where the first sweep has been", "[tape]") {
  Parameter<double> weight(normal<double>(Random(1), {40, 40}));
  Tape<double> tape;
  tape.set_repeatable(true);
  const auto x = tape.input(normal<double>(Random(2), {20, 40}));
  const auto loss = sum(square(matmul(tanh(linear(x, weight)), tape.use(weight))));
  tape.backward(loss);
  const auto first = gradient_numbers_of(x);
  for (int again = 0; again < 3; ++again) {
    tape.forget_gradients();
    tape.backward(loss);
    CHECK(gradient_numbers_of(x) == first);
  }
}

TEST_CASE("each sweep adds to the gradients of the parameters that it is given, and to no others", "[tape]") {
  Tagger model(1);
  const Parameters<double> parameters(model);
  Tape<double> tape;
  tape.set_repeatable(true);
  const auto loss = model.loss(tape, some_tokens());
  tape.backward(loss, parameters);
  const Tensor<double> once = model.output.weight.gradient();
  tape.forget_gradients();
  tape.backward(loss);
  CHECK(model.output.weight.gradient() == once);
  tape.forget_gradients();
  tape.backward(loss, parameters);
  for (std::size_t i = 0; i < once.size(); ++i) CHECK(model.output.weight.gradient()[i] == 2 * once[i]);
}

TEST_CASE("what has been swept without leave cannot be swept again by asking later", "[tape][error]") {
  Tape<double> tape;
  tape.set_repeatable(true);
  tape.backward(scale(tape.input(Tensor<double>({1}, {1})), 2));
  tape.clear();
  tape.set_repeatable(false);
  tape.backward(scale(tape.input(Tensor<double>({1}, {1})), 2));
  tape.set_repeatable(true);
  CHECK_THROWS_WITH(tape.forget_gradients(), Contains("can be swept once"));
}
