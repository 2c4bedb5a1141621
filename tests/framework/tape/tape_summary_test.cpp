#include "support/catch.hpp"
#include "support/ops.hpp"
#include <unroll/framework/tape/scope.hpp>
#include <unroll/framework/tape/tape_summary.hpp>

using namespace unroll;
using Catch::Contains;
using unroll::testing::scale;

namespace {

struct Model {
  Parameter<double> weight{Tensor<double>({100}, 1.0)};
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};

TapeSummary::Bytes bytes_of(const TapeSummary& summary, const std::string& name) {
  for (const auto& [operation, bytes] : summary.operations)
    if (operation == name) return bytes;
  return {};
}

/// A sequence of so many steps, each one op of `width` numbers.
Variable<double> run(Tape<double>& tape, Variable<double> x, std::size_t steps, const void* cell = nullptr) {
  const auto sequence = Scope<double>::sequence(tape, cell == nullptr ? &tape : cell);
  for (std::size_t t = 0; t < steps; ++t) {
    tape.begin_step(t);
    x = scale(x, 0.5);
  }
  return x;
}

}  // namespace

TEST_CASE("the summary counts nodes and bytes by operation and by step", "[summary]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({10}, 1.0));
  const auto y = run(tape, x, 4);
  static_cast<void>(tape.view("part", y, 2, {5}));
  const TapeSummary summary = tape.summary();

  CHECK(bytes_of(summary, "input").nodes == 1);
  CHECK(bytes_of(summary, "input").values == 10 * sizeof(double));
  CHECK(bytes_of(summary, "scale").nodes == 4);
  CHECK(bytes_of(summary, "scale").values == 4 * 10 * sizeof(double));
  CHECK(bytes_of(summary, "scale").rules > bytes_of(summary, "input").rules);
  CHECK(bytes_of(summary, "part").values == 0);  // it is y's
  CHECK(summary.operations[0].name == "scale");
  CHECK(summary.all.nodes == tape.size());
  CHECK(summary.all.values == 50 * sizeof(double));

  REQUIRE(summary.steps.size() == 4);
  for (std::size_t t = 0; t < 4; ++t) {
    CHECK(summary.steps[t].step == t);
    CHECK(summary.steps[t].bytes.nodes == 1);
    CHECK(summary.steps[t].bytes.values == 10 * sizeof(double));
  }
  CHECK(summary.outside.nodes == 2);
  CHECK(summary.most_steps == 4);
  CHECK(summary.capacity == tape.capacity());
  CHECK(summary.warning.empty());
}

TEST_CASE("gradients are counted where they are kept", "[summary]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({1}, 1.0));
  const auto y = run(tape, x, 3).keep_gradient();
  CHECK(tape.summary().all.gradients == 0);
  tape.backward(y);
  const auto summary = tape.summary();
  CHECK(bytes_of(summary, "input").gradients == sizeof(double));
  CHECK(bytes_of(summary, "scale").gradients == sizeof(double));  // the others have been given back

  Model model;
  tape.clear();
  const auto loss = tape.record("first", {}, {tape.use(model.weight)});
  *loss.writable() = 1;
  loss.on_backward([leaf = tape.use(model.weight)] { leaf.mutable_gradient()[0] += 1; });
  backward(loss, parameters_of<double>(model));
  CHECK(bytes_of(tape.summary(), "parameter").values == 0);
  CHECK(bytes_of(tape.summary(), "parameter").gradients == 0);  // both are the Parameter's
}

TEST_CASE("the peak is that of the largest recording", "[summary]") {
  Tape<double> tape;
  static_cast<void>(tape.zeros({1000}));
  const std::size_t large = tape.bytes();
  CHECK(tape.peak() == large);
  tape.clear();
  static_cast<void>(tape.zeros({10}));
  CHECK(tape.bytes() < large);
  CHECK(tape.peak() == large);
}

TEST_CASE("the table names operations, scopes and steps", "[summary]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({250000}, 1.0));
  {
    const Scope layer(tape, "layer", 0);
    run(tape, x, 2);
  }
  const std::string text = to_string(tape.summary());
  CHECK_THAT(text, Contains("operation     nodes   values MB    grads MB    rules MB  fraction"));
  CHECK_THAT(text, Contains("scale             2       4.000       0.000       0.000   66.7 %"));
  CHECK_THAT(text, Contains("layer 0                  2         1.0      2.0002      2.0002"));
  CHECK_THAT(text, Contains("outside of steps                     1      2.0002"));
  CHECK_THAT(text, !Contains("warning"));
}

TEST_CASE("a recording of far more steps than expected warns once, with the likely cause", "[summary]") {
  Tape<double> tape;
  std::vector<std::string> warnings;
  tape.expect_steps(5, [&](const std::string& warning) { warnings.push_back(warning); });
  Variable<double> state = tape.input(Tensor<double>({1}, 1.0));
  for (int window = 0; window < 4; ++window) state = run(tape, state, 5);
  CHECK(warnings.empty());
  for (int window = 0; window < 3; ++window) state = run(tape, state, 5);  // clear() is forgotten
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("spans 21 steps of one cell, and 5 were expected: was clear() forgotten between "
                                   "windows, or is a state of an earlier window carried on as a Variable"));
  CHECK_THAT(to_string(tape.summary()), Contains("warning: this recording spans 35 steps of one cell"));

  const int other = 0;
  tape.clear();
  for (int window = 0; window < 4; ++window) {
    state = run(tape, tape.input(Tensor<double>({1}, 1.0)), 5);
    state = run(tape, state, 5, &other);  // two layers are not twice as many steps
  }
  CHECK(warnings.size() == 1);
  CHECK(tape.summary().warning.empty());
  state = run(tape, state, 1);
  CHECK(warnings.size() == 2);

  Tape<double> values(Recording::values);  // where nothing is kept for the way back
  values.expect_steps(5, [&](const std::string& warning) { warnings.push_back(warning); });
  run(values, values.input(Tensor<double>({1}, 1.0)), 100);
  CHECK(warnings.size() == 2);
  CHECK(values.summary().warning.empty());

  tape.clear();
  tape.expect_steps(0);
  run(tape, tape.input(Tensor<double>({1}, 1.0)), 100);
  CHECK(tape.summary().warning.empty());
}
