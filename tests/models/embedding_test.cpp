#include "support/catch.hpp"
#include <unroll/framework/error.hpp>
#include <unroll/framework/gradient_check.hpp>
#include <unroll/models/embedding.hpp>

using namespace unroll;

TEST_CASE("an embedding looks rows up, and a row used twice gets both gradients", "[embedding]") {
  Embedding<double> embedding({.tokens = 5, .width = 3}, Random(1));
  const Tensor<int> tokens({2, 2}, {4, 0, 4, 2});
  Tape<double> tape;
  const auto y = embedding(tape, tokens);
  REQUIRE(y.shape() == Shape{2, 2, 3});
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      CHECK(y.value()[i * 3 + j] == embedding.weight.value().at({static_cast<std::size_t>(tokens[i]), j}));
  const auto report = check_gradients(embedding, [&](auto& on, const auto& module) { return module(on, tokens); });
  INFO(report);
  CHECK(report.passed());
  tape.clear();
  CHECK_THROWS_AS(embedding(tape, Tensor<int>({1}, {5})), ArgumentError);
}
