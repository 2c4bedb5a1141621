#include "support/catch.hpp"
#include <unroll/models/analysis/flow_recording.hpp>

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

TEST_CASE("saturation counts the gates below 0.05 and above 0.95", "[gates]") {
  auto lstm = without_weights<LstmCell<double>>({.inputs = 1, .hidden = 4});
  for (std::size_t unit = 0; unit < 4; ++unit) set_gate(lstm, 1, unit, unit == 0 ? -10 : 10);  // forget
  set_gate(lstm, 2, 0, 100);                                                                 // the candidate is no gate
  set_gate(lstm, 3, 0, std::log(0.96 / 0.04)), set_gate(lstm, 3, 1, std::log(0.94 / 0.06));  // output
  const auto fractions = detail::gate_fractions(lstm, path_of(lstm, Tensor<double>({3, 2, 1}, 1.0)));
  REQUIRE(fractions.size() == 3);
  CHECK(fractions[0].name == "input");
  CHECK(fractions[0].saturated() == 0);
  CHECK(fractions[0].mean == Approx(0.5));
  CHECK(fractions[1].shut == 0.25);
  CHECK(fractions[1].open == 0.75);
  CHECK(fractions[2].shut == 0);
  CHECK(fractions[2].open == 0.25);
  CHECK(fractions[2].mean == Approx((0.96 + 0.94 + 0.5 + 0.5) / 4));

  auto gru = without_weights<GruCell<double>>({.inputs = 1, .hidden = 2});
  set_gate(gru, 0, 0, -9), set_gate(gru, 1, 0, 9), set_gate(gru, 1, 1, 9);
  const auto of_gru = detail::gate_fractions(gru, path_of(gru, Tensor<double>({3, 2, 1}, 1.0)));
  REQUIRE(of_gru.size() == 2);
  CHECK(of_gru[0].name == "reset");
  CHECK(of_gru[0].shut == 0.5);
  CHECK(of_gru[1].open == 1);

  const RnnCell<double> rnn({.inputs = 1, .hidden = 2}, Random(1));
  CHECK(detail::gate_fractions(rnn, path_of(rnn, Tensor<double>({3, 2, 1}))).empty());
}

TEST_CASE("denormals are told from zeros and normal numbers", "[denormals]") {
  const KeepDenormals keep;
  constexpr float least = std::numeric_limits<float>::min();
  const Tensor<> numbers(
      {6}, {0, least, -least / 2, std::numeric_limits<float>::denorm_min(), 1, std::numeric_limits<float>::infinity()});
  CHECK(detail::count_denormals<float>(numbers.view()) == 2);
}

namespace {
struct TwoParameters {
  Parameter<double> first{Tensor<double>({2}, 1.0)}, second{Tensor<double>({1}, 1.0)};
  static void members(auto& self, auto&& visit) { visit("first", self.first), visit("second", self.second); }
};
}  // namespace

TEST_CASE("the norm of a model's gradients neither overflows nor vanishes, and shows what is not finite",
          "[gradient_flow]") {
  const auto norm = [](double size, double last) {
    const TwoParameters model;
    Tape<double> tape;
    const auto first = tape.constant(Tensor<double>({2}, {3 * size, -4 * size})),
               second = tape.constant(Tensor<double>({1}, last));
    tape.backward(sum(first * model.first) + sum(second * model.second));
    return detail::parameter_gradient_norm(tape, model);
  };
  for (const double size : {1e-300, 1e-200, 1.0, 1e200, 1e300})
    CHECK(norm(size, 12 * size) / size == Approx(13).epsilon(1e-12));
  CHECK(norm(0, 0) == 0);
  CHECK(std::isinf(norm(1, -std::numeric_limits<double>::infinity())));
  CHECK(std::isnan(norm(1, std::nan(""))));
}
