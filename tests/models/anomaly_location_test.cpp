#include "support/catch.hpp"
#include <unroll/framework/diagnostics/checked_backward.hpp>
#include <unroll/framework/tape/tape_summary.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/bidirectional.hpp>
#include <unroll/models/sequences/checkpoints.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/models/sequences/sequence.hpp>
#include <unroll/ops.hpp>

using namespace unroll;
using Catch::Contains;

namespace {

enum class Fault { none, log_of_zero, slope_of_sqrt };

constexpr unsigned cell_begins = __LINE__ + 2;
/// Something goes wrong at step 17.
struct FaultyCell {
  using State = HiddenState<float>;
  Fault fault = Fault::none;
  Parameter<> weight{normal<float>(Random(1), {3, 3})};

  std::size_t hidden_size() const { return 3; }
  State step(Variable<> input, const State& previous, const StepContext& context) const {
    const auto hidden = tanh(add_linear(input, previous.hidden, weight));
    if (context.step != 17 || fault == Fault::none) return {hidden};
    if (fault == Fault::slope_of_sqrt) return {hidden + sqrt(hidden - hidden)};
    return {hidden + log(hidden - hidden)};
  }
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};

Layers<FaultyCell> three_layers(Fault of_the_last) { return Layers<FaultyCell>({{}, {}, {.fault = of_the_last}}); }

Tensor<> inputs() { return normal<float>(Random(2), {30, 2, 3}); }

}  // namespace

TEST_CASE("layer 2 of 3 and step 17 of 30 are found in the forward pass", "[anomaly]") {
  auto layers = three_layers(Fault::log_of_zero);
  Tape tape;
  const unsigned line = CallSite::current().line() + 1;
  const auto outputs = unroll::run(layers, tape.constant(inputs())).outputs;
  const auto found = find_anomalies(sum(outputs), parameters_of(layers));
  REQUIRE_FALSE(found.empty());
  CHECK(found[0].pass == Pass::forward);
  CHECK(found[0].operation == "log");
  CHECK(found[0].location.layer == 2u);
  CHECK(found[0].location.step == 17u);
  CHECK(found[0].location.unrolled.line() == line);
  CHECK_THAT(to_string(found), Contains("of 'log' (anomaly_location_test.cpp:" + std::to_string(cell_begins + 10)
                                        + "), layer 2, step 17, unrolled at "
                                          "anomaly_location_test.cpp:"
                                        + std::to_string(line) + ": -inf at [0, 0] of [2, 3]"));
}

TEST_CASE("and in the backward pass, by way of checkpoints too", "[anomaly]") {
  auto layers = three_layers(Fault::slope_of_sqrt);
  Tape tape;
  const auto x = tape.constant(inputs());
  const bool checkpoints = GENERATE(false, true);
  const auto outputs = checkpoints ? unroll::run(layers, x, {.checkpoints = Checkpoints{.steps = 7}}).outputs
                                   : unroll::run(layers, x).outputs;
  const auto found = find_anomalies(sum(square(outputs)), parameters_of(layers));
  REQUIRE(found.size() == 1);
  CHECK(found[0].pass == Pass::backward);
  CHECK(found[0].operation == "sqrt");
  CHECK(found[0].site.line() == cell_begins + 9);
  CHECK(found[0].location.layer == 2u);
  CHECK(found[0].location.step == 17u);
}

TEST_CASE("a piece of a longer sequence counts its steps from there", "[anomaly]") {
  const FaultyCell cell{.fault = Fault::log_of_zero};
  Tape tape;
  const auto x = tape.constant(normal<float>(Random(2), {10, 2, 3}));
  const auto outputs = unroll::run(cell, x, {.state = initial_state(cell, tape, 2), .first_step = 10}).outputs;
  const auto found = tape.find_nonfinite();
  REQUIRE(found.has_value());
  CHECK(found->location.step == 17u);
  CHECK(tape.location_of(outputs).scope.empty());
}

TEST_CASE("the direction is told, and steps are those of the sequence, whatever its length", "[anomaly]") {
  using Both = Bidirectional<FaultyCell, Merge::sum>;
  const Layers<Both> layers({Both({}, {}), Both({}, {.fault = Fault::log_of_zero})});
  Tape tape;
  const std::array<std::size_t, 2> lengths{20, GENERATE(std::size_t{18}, std::size_t{30})};
  const auto outputs = unroll::run(layers, tape.constant(inputs()), {.lengths = lengths}).outputs;
  const auto found = tape.find_nonfinite();
  REQUIRE(found.has_value());
  CHECK(found->location.scope == "layer 1, backward");
  CHECK(found->location.step == 17u);
  CHECK(tape.location_of(outputs).scope.empty());
}

TEST_CASE("where only numbers are recorded, the position tells the step", "[anomaly]") {
  const FaultyCell cell{.fault = Fault::log_of_zero};
  Tape tape(Recording::values);
  const bool whole = GENERATE(true, false);
  const std::array<std::size_t, 2> lengths{30, whole ? std::size_t{30} : std::size_t{18}};
  unroll::run(cell, tape.constant(inputs()), {.lengths = lengths});
  const auto found = tape.find_nonfinite();
  REQUIRE(found.has_value());
  CHECK(found->operation == "run");
  if (whole) CHECK(found->position == 17 * 2 * 3);
  CHECK_FALSE(found->location.step.has_value());
}

TEST_CASE("a module is reported with the line where it is called", "[anomaly]") {
  Linear<> layer({.inputs = 3, .outputs = 2}, Random(1));
  layer.bias = Parameter<>(Tensor<>({2}, 3e38f));
  layer.weight = Parameter<>(Tensor<>({2, 3}, 3e38f));
  Tape tape;
  const auto x = tape.constant(Tensor<>({1, 3}, 1.0f));
  const unsigned line = CallSite::current().line() + 1;
  const auto y = layer(x);
  const auto found = find_anomalies(sum(y), parameters_of(layer));
  REQUIRE_FALSE(found.empty());
  CHECK(found[0].operation == "linear");
  CHECK(found[0].site.line() == line);
}

TEST_CASE("the summary of a stack has a row for each layer, and says when clear was forgotten", "[summary]") {
  const Layers<LstmCell<>> layers(3, {.inputs = 3, .hidden = 4}, Random(1));
  Tape tape;
  std::string warning;
  tape.expect_steps(30, [&](const std::string& text) { warning = text; });
  const auto first = unroll::run(layers, tape.constant(inputs()));
  const auto summary = tape.summary();
  CHECK(summary.steps.size() == 90);
  CHECK(summary.steps[89].scope == "layer 2");
  CHECK(summary.steps[89].step == 29);
  CHECK(summary.most_steps == 30);
  // at_step, add_linear, four slices, two results
  CHECK(summary.steps[89].bytes.nodes == 8);
  CHECK(summary.steps[89].bytes.values == (16 + 4 + 4) * 2 * sizeof(float));
  CHECK_THAT(to_string(summary), Contains("layer 2                 30"));

  auto state = first.state;
  for (int window = 0; window < 4; ++window)
    state = unroll::run(layers, tape.constant(inputs()), {.state = state}).state;
  CHECK_THAT(warning, Contains("121 steps of one cell, unrolled at anomaly_location_test.cpp:"));
}
