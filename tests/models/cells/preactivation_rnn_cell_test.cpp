#include "support/catch.hpp"
#include "support/models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/cells/preactivation_rnn_cell.hpp>
#include <unroll/models/sequences/run.hpp>

using namespace unroll;
using namespace unroll_test;

TEST_CASE("the RNN with the activation inside is the textbook's, seen before the activation", "[preactivation]") {
  const RnnCell<double> outside({.inputs = 3, .hidden = 5}, Random(2));
  const PreactivationRnnCell<double> inside({.inputs = 3, .hidden = 5}, Random(2));
  Tape<double> tape;
  const auto inputs = tape.constant(normal<double>(Random(3), {6, 2, 3}));
  const auto expected = unroll::run(outside, inputs).outputs.value();
  const auto found = tanh(unroll::run(inside, inputs).outputs).value();  // φ(0) = 0: both begin alike
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(found[i] == Approx(expected[i]).epsilon(1e-13));
}

TEST_CASE("its gradients agree with central differences", "[preactivation][gradient]") {
  const Layers<PreactivationRnnCell<double>> layers(2, {.inputs = 3, .hidden = 4}, Random(4));
  const auto report = check_stack(layers, 4, 2, 3);
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("it refuses sizes of 0 by its name", "[preactivation][error]") {
  CHECK_THROWS_WITH(PreactivationRnnCell<double>({.inputs = 0, .hidden = 2}, Random(1)),
                    Catch::Matchers::Contains("PreactivationRnnCell"));
}
