#include "support/messages.hpp"
#include "support/modifiers.hpp"
#include <unroll/framework/files/module_file.hpp>
#include <unroll/models/cells/lru_cell.hpp>
#include <unroll/ops/shaping.hpp>

#include <complex>

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {
const std::size_t inputs = 3, hidden = 5, batch = 3;
using Complex = std::complex<double>;

Complex eigenvalue(const LruCell<double>& cell, std::size_t j) {
  return std::exp(Complex(-std::exp(cell.decay.value()[j]), std::exp(cell.phase.value()[j])));
}
}  // namespace

TEST_CASE("an LRU equals its equations in complex numbers", "[lru]") {
  const LruCell<double> cell({.inputs = inputs, .hidden = hidden}, Random(1));
  const auto found = run_cell(cell, 4, inputs);
  const auto x = normal<double>(Random(100), {4, batch, inputs});
  const auto state = random_state(cell, batch);
  for (std::size_t n = 0; n < batch; ++n) {
    std::vector<Complex> s(hidden);
    for (std::size_t j = 0; j < hidden; ++j) s[j] = {state[1].at({n, j}), state[2].at({n, j})};
    for (std::size_t t = 0; t < 4; ++t) {
      const auto wx = affine(cell.input_weight.value(), x.data() + (t * batch + n) * inputs);
      for (std::size_t j = 0; j < hidden; ++j)
        s[j] = eigenvalue(cell, j) * s[j] + std::exp(cell.scale.value()[j]) * Complex(wx[j], wx[hidden + j]);
      for (std::size_t j = 0; j < hidden; ++j) {
        Complex y = wx[2 * hidden + j];
        for (std::size_t k = 0; k < hidden; ++k)
          y += Complex(cell.real_weight.value().at({j, k}), -cell.imaginary_weight.value().at({j, k})) * s[k];
        CHECK(found[0][(t * batch + n) * hidden + j] == Approx(y.real()).epsilon(1e-12).margin(1e-14));
      }
    }
    for (std::size_t j = 0; j < hidden; ++j) {
      CHECK(found[2][n * hidden + j] == Approx(s[j].real()).epsilon(1e-12).margin(1e-14));
      CHECK(found[3][n * hidden + j] == Approx(s[j].imag()).epsilon(1e-12).margin(1e-14));
    }
  }
}

TEST_CASE("an impulse turns by a quarter and fades by half in each step of an LRU", "[lru]") {
  LruCell<double> cell({.inputs = 1, .hidden = 1}, Random(1));
  const auto set = [](Parameter<double>& parameter, std::initializer_list<double> numbers) {
    std::copy(numbers.begin(), numbers.end(), parameter.mutable_value().begin());
  };
  set(cell.decay, {std::log(std::log(2))}), set(cell.phase, {std::log(std::acos(0.0))});
  set(cell.scale, {std::log(8)}), set(cell.input_weight, {1, 0, 10});
  set(cell.real_weight, {1}), set(cell.imaginary_weight, {100});
  Tape<double> tape;
  const auto outputs = run(cell, tape.constant(Tensor<double>({5, 1, 1}, {1, 0, 0, 0, 1}))).outputs;
  const double expected[] = {8 + 10, 400, -2, -100, 8 + 0.5 + 10};  // s = 8, 4 i, -2, -i, 1/2 + 8
  for (std::size_t t = 0; t < 5; ++t) CHECK(outputs.value()[t] == Approx(expected[t]).epsilon(1e-13).margin(1e-12));
}

TEST_CASE("an LRU starts with eigenvalues spread evenly over the ring, and a state as large as its inputs", "[lru]") {
  const LruCell<double> cell(
      {.inputs = 2, .hidden = 2000, .least_radius = 0.5, .largest_radius = 0.9, .largest_phase = 1}, Random(3));
  double least = 1, largest = 0, within = 0, phases = 0, most_phase = 0;
  for (std::size_t j = 0; j < 2000; ++j) {
    const Complex lambda = eigenvalue(cell, j);
    const double radius = std::abs(lambda);
    least = std::min(least, radius), largest = std::max(largest, radius);
    within += radius < 0.7 ? 1.0 / 2000 : 0;
    phases += std::arg(lambda) / 2000, most_phase = std::max(most_phase, std::arg(lambda));
    CHECK(std::exp(2 * cell.scale.value()[j]) == Approx(1 - radius * radius).epsilon(1e-12));
  }
  CHECK((least >= 0.5 && least < 0.501));
  CHECK((largest <= 0.9 && largest > 0.899));
  CHECK(within == Approx((0.49 - 0.25) / (0.81 - 0.25)).margin(0.03));  // the part of the ring's area
  CHECK(phases == Approx(0.5).margin(0.02));
  CHECK((most_phase <= 1 && most_phase > 0.99));
}

TEST_CASE("an LRU at the ends of its options has finite parameters, and stays bounded over 1000 steps", "[lru]") {
  LruOptions options{.inputs = 1, .hidden = 64, .least_radius = 0, .largest_radius = std::nextafter(1.0f, 0.0f)};
  if (GENERATE(false, true)) options.least_radius = options.largest_radius;
  const LruCell<float> cell(options, Random(1));
  CHECK(nonfinite_parameters(cell).empty());
  Tape<float> tape;
  const auto x = tape.input(normal<float>(Random(2), {1000, 2, 1}));
  const auto outputs = run(cell, x).outputs;
  float largest = 0;
  for (const float number : outputs.value()) largest = std::max(largest, std::abs(number));
  CHECK(largest < 100);
  tape.backward(slice(reshape(outputs, {1000 * 2 * 64}), 0, 999 * 128, 1));
  bool finite = true;
  for (const float number : x.gradient()) finite = finite && std::isfinite(number);
  CHECK(finite);
}

TEST_CASE("LruCell: every gradient agrees with central differences", "[lru][gradient]") {
  const std::size_t layers = GENERATE(1u, 2u), steps = GENERATE(1u, 5u);
  const auto report = check_stack(Layers<LruCell<double>>(layers, {.inputs = 3, .hidden = 4}, Random(5)), steps, 2, 3);
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("LruCell: sizes of 0 and impossible rings are refused by name", "[lru][error]") {
  const auto refusal = [](const LruOptions& options) {
    return message_of<ArgumentError>([&] { LruCell<>(options, Random(1)); });
  };
  CHECK_THAT(refusal({.inputs = 3, .hidden = 0}), Contains("LruCell: hidden = 0 given"));
  CHECK_THAT(refusal({.inputs = 3, .hidden = 2, .largest_radius = 1}),
             Contains("LruCell: largest_radius is 1, expected a number in (0, 1)"));
  CHECK_THAT(refusal({.inputs = 3, .hidden = 2, .least_radius = 0.9, .largest_radius = 0.5}),
             Contains("LruCell: least_radius is 0.9, expected a number in [0, 0.5]"));
  CHECK_THAT(refusal({.inputs = 3, .hidden = 2, .largest_phase = 7}),
             Contains("LruCell: largest_phase is 7, expected"));
}
