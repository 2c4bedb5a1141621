#include "support/catch.hpp"
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/layers/standardization.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/losses.hpp>
#include <unroll/ops/shaping.hpp>

using namespace unroll;

struct Forecaster {               // of the next step of D columns: a normal distribution each
  Standardization<> standardize;  // made from the training part; its numbers go into the model's file
  GruCell<> cell;                 // D -> H
  Linear<> output;                // H -> 2 D

  Variable<> loss(Variable<> x, Variable<> next) const {  // [T, N, D] both, in the units of the data
    const auto [means, log_variances] = split<2>(output(run(cell, standardize(x)).outputs));
    return gaussian_negative_log_likelihood(means, log_variances, standardize(next));
  }
  static void members(auto& self, auto&& visit) {
    visit("standardize", self.standardize), visit("cell", self.cell), visit("output", self.output);
  }
};

TEST_CASE("a forecaster learns the mean and the variance of what comes", "[readme]") {
  const auto noise = normal<float>(Random(1), {20, 30, 1}, 1000, 50);  // nothing to be known but these
  Forecaster model{Standardization(noise), GruCell<>({.inputs = 1, .hidden = 4}, Random(2)),
                   Linear<>({.inputs = 4, .outputs = 2}, Random(3))};
  const auto parameters = parameters_of(model);
  Adam<> adam({.learning_rate = 0.02});
  const auto next = normal<float>(Random(4), {20, 30, 1}, 1000, 50);
  float loss = 0;
  for (int update = 0; update < 150; ++update) {
    Tape tape;
    const auto recorded = model.loss(tape.constant(noise), tape.constant(next));
    loss = recorded.item();
    tape.backward(recorded, parameters);
    adam.update(parameters);
  }
  CHECK(loss == Approx(1.42).margin(0.06));  // the entropy of a standard normal number, (log(2π) + 1) / 2
}
