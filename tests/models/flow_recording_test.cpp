#include "support/catch.hpp"
#include <unroll/models/flow_recording.hpp>

#include <cmath>
#include <limits>

using namespace unroll;

namespace {

/// The path of a cell over some inputs.
template <class Cell>
StatePath<double> path_of(const Cell& cell, const Tensor<double>& inputs) {
  Tape<double> tape;
  return detail::record_layer(cell, tape.constant(inputs)).path;
}

/// Sets a block of a cell's bias, so that the gates of that block are σ(number) when all weights are 0.
template <class Cell>
void set_gate(Cell& cell, std::size_t block, std::size_t unit, double number) {
  cell.weights.input_bias.mutable_value()[block * cell.hidden_size() + unit] = number;
}

template <class Cell>
Cell without_weights(const typename Cell::Options& options) {
  Cell cell(options, Random(1));
  for_each_unnamed_parameter(
      cell, [](auto& parameter) { std::fill_n(parameter.mutable_value()->data(), parameter.value().size(), 0.0); });
  return cell;
}

}  // namespace

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

TEST_CASE("saturation counts the gates below 0.05 and above 0.95", "[gates]") {
  auto lstm = without_weights<LstmCell<double>>({.inputs = 1, .hidden = 4});
  for (std::size_t unit = 0; unit < 4; ++unit) set_gate(lstm, 1, unit, unit == 0 ? -10 : 10);  // forget
  set_gate(lstm, 2, 0, 100);                                                                 // the candidate is no gate
  set_gate(lstm, 3, 0, std::log(0.96 / 0.04)), set_gate(lstm, 3, 1, std::log(0.94 / 0.06));  // output
  const auto shares = detail::gate_shares(lstm, path_of(lstm, Tensor<double>({3, 2, 1}, 1.0)));
  REQUIRE(shares.size() == 3);
  CHECK(shares[0].name == "input");
  CHECK(shares[0].saturated() == 0);
  CHECK(shares[0].mean == Approx(0.5));
  CHECK(shares[1].shut == 0.25);
  CHECK(shares[1].open == 0.75);
  CHECK(shares[2].shut == 0);
  CHECK(shares[2].open == 0.25);
  CHECK(shares[2].mean == Approx((0.96 + 0.94 + 0.5 + 0.5) / 4));

  auto gru = without_weights<GruCell<double>>({.inputs = 1, .hidden = 2});
  set_gate(gru, 0, 0, -9), set_gate(gru, 1, 0, 9), set_gate(gru, 1, 1, 9);
  const auto of_gru = detail::gate_shares(gru, path_of(gru, Tensor<double>({3, 2, 1}, 1.0)));
  REQUIRE(of_gru.size() == 2);
  CHECK(of_gru[0].name == "reset");
  CHECK(of_gru[0].shut == 0.5);
  CHECK(of_gru[1].open == 1);

  const RnnCell<double> rnn({.inputs = 1, .hidden = 2}, Random(1));
  CHECK(detail::gate_shares(rnn, path_of(rnn, Tensor<double>({3, 2, 1}))).empty());
}

TEST_CASE("denormals are told from zeros and normal numbers", "[denormals]") {
  const KeepDenormals keep;
  constexpr float least = std::numeric_limits<float>::min();
  const Tensor<> numbers(
      {6}, {0, least, -least / 2, std::numeric_limits<float>::denorm_min(), 1, std::numeric_limits<float>::infinity()});
  CHECK(detail::count_denormals<float>(numbers.view()) == 2);
}

TEST_CASE("a norm neither overflows nor vanishes, and shows what is not finite", "[gradient_flow]") {
  const auto norm = [](const std::vector<double>& numbers) {
    const Tensor<double> tensor({numbers.size()}, numbers);
    return detail::euclidean_norm<double>(tensor.view());
  };
  CHECK(norm({3e-300, 4e-300}) == Approx(5e-300));
  CHECK(norm({3e300, -4e300}) == Approx(5e300));
  CHECK(norm({0, 0}) == 0);
  CHECK(std::isinf(norm({1, -std::numeric_limits<double>::infinity()})));
  CHECK(std::isnan(norm({0, std::nan("")})));
}

TEST_CASE("steps of a path are linearised as one-step differences say, for each of its sequences", "[linearized]") {
  const LstmCell<double> cell({.inputs = 2, .hidden = 3}, Random(6));
  const auto path = path_of(cell, normal<double>(Random(7), {4, 3, 2}));
  LinearizedSteps<LstmCell<double>, double> steps(cell, path, 2);
  CHECK(steps.products().width == 6);
  CHECK(steps.products().sequences == 2);
  // u·(J v) = (Jᵀu)·v for both sequences, two rows each.
  const auto u = normal<double>(Random(8), {4, 6}), v = normal<double>(Random(9), {4, 6});
  Tensor<double> back = u, forward = v;
  steps.pull_back(2, back);
  steps.push_forward(2, forward);
  for (std::size_t row = 0; row < 4; ++row) {
    double left = 0, right = 0;
    for (std::size_t i = 0; i < 6; ++i)
      left += u.at({row, i}) * forward.at({row, i}), right += back.at({row, i}) * v.at({row, i});
    CHECK(left == Approx(right).epsilon(1e-6));
  }
}
