#include "support/catch.hpp"
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models/analysis/gates.hpp>

#include <cmath>
#include <string>

using namespace unroll;

TEST_CASE("gates are those that the step used", "[gates]") {
  const LstmCell<double> lstm({.inputs = 3, .hidden = 4}, Random(1));
  const auto x = normal<double>(Random(2), {2, 3}), h = normal<double>(Random(3), {2, 4}),
             c = normal<double>(Random(4), {2, 4});
  Tape<double> tape;
  const LstmCell<double>::State before{tape.constant(h), tape.constant(c)};
  const auto projected = lstm.project(tape.constant(x));
  const auto after = lstm.step(projected, before);
  const auto [input, forget, output] = gates(lstm, projected, before);
  CHECK(std::string(forget.name) == "forget");
  for (std::size_t i = 0; i < h.size(); ++i)
    CHECK(output.openness.value()[i] * std::tanh(after.cell.value()[i]) == Approx(after.hidden.value()[i]));

  // h' - n = z (h - n), with the candidate n from the reset gate: n = tanh(nx + r nh).
  const GruReset reset = GENERATE(GruReset::after_product, GruReset::before_product);
  GruCell<double> gru({.inputs = 3, .hidden = 4, .reset = reset}, Random(5));
  const auto from = gru.project(tape.constant(x));
  const auto [r, z] = gates(gru, from, {before.hidden});
  const auto next = gru.step(from, {before.hidden}).hidden.value();
  const auto& weights = gru.weights;
  const auto scaled = reset == GruReset::after_product ? before.hidden : r.openness * before.hidden;
  const auto hidden_part = slice(linear(scaled, weights.hidden_weight, weights.hidden_bias), 1, 8, 4);
  const auto n =
      tanh(slice(from, 1, 8, 4) + (reset == GruReset::after_product ? r.openness * hidden_part : hidden_part));
  for (std::size_t i = 0; i < h.size(); ++i)
    CHECK(next[i] - n.value()[i] == Approx(z.openness.value()[i] * (h[i] - n.value()[i])));
}
