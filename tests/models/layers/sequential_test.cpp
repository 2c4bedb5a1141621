#include "support/catch.hpp"
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/models.hpp>

using namespace unroll;

TEST_CASE("Sequential applies modules and functions in order, and names its members by place", "[sequential]") {
  Sequential network(
      Linear<double>({.inputs = 3, .outputs = 5}, Random(1)), [](auto x) { return tanh(x); }, LayerNorm<double>(5),
      Linear<double>({.inputs = 5, .outputs = 2}, Random(2)));
  const auto parameters = parameters_of<double>(network);
  REQUIRE(parameters.size() == 6);
  CHECK(parameters[0].name == "0.weight");
  CHECK(parameters[2].name == "2.weight");
  CHECK(parameters[5].name == "3.bias");

  const auto x = normal<double>(Random(3), {4, 3});
  Tape<double> tape, other;  // on one tape a weight's second use is packed, and rounds otherwise
  const auto& [first, squash, norm, last] = network.parts;
  CHECK(Tensor<double>(network(tape.constant(x)).value())
        == Tensor<double>(last(norm(tanh(first(other.constant(x))))).value()));
  const auto report = check_gradients(network, [&](auto& on, const auto& module) { return module(on.constant(x)); });
  INFO(report);
  CHECK(report.passed());
}

TEST_CASE("Dropout in a Sequential acts only with noise", "[sequential][dropout]") {
  const Sequential network(Dropout{0.5}, [](auto x) { return x * 2; });
  Tape tape;
  const auto x = tape.constant(Tensor<>({100}, 1.0f));
  CHECK(Tensor<>(network(x).value()) == Tensor<>({100}, 2.0f));
  const Tensor<> noisy(network(x, Random(1)).value());
  CHECK(std::count(noisy.begin(), noisy.end(), 0.0f) > 25);
  CHECK(std::count(noisy.begin(), noisy.end(), 4.0f) > 25);
}
