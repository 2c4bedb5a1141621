#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/layers/embedding.hpp>
#include <unroll/models/sequences/run.hpp>

#include <limits>
#include <vector>

using namespace unroll;

namespace {

using Sizes = std::vector<std::size_t>;

/// Four steps of three sequences of 4, 2 and no tokens.
const Sizes lengths{4, 2, 0};
Tensor<int> padded_with(int padding) {
  return Tensor<int>({4, 3}, {1, 4, padding, 0, 2, padding, 4, padding, padding, 3, padding, padding});
}

}  // namespace

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

TEST_CASE("an embedding does not look at what stands beyond the ends of sequences", "[embedding]") {
  const Embedding<double> embedding({.tokens = 5, .width = 3}, Random(1));
  const LstmCell<double> cell({.inputs = 3, .hidden = 4}, Random(2));
  const int padding = GENERATE(-1, 99, 2, std::numeric_limits<int>::min());
  Tape<double> tape, other;
  const auto padded = embedding(tape, padded_with(padding), lengths);
  CHECK(padded.shape() == Shape{4, 3, 3});
  const auto [outputs, state] = run(cell, padded, {.lengths = lengths});
  const auto clean = run(cell, embedding(other, padded_with(0)), {.lengths = lengths});
  CHECK(Tensor<double>(outputs.value()) == Tensor<double>(clean.outputs.value()));
  CHECK(Tensor<double>(state.cell.value()) == Tensor<double>(clean.state.cell.value()));
}

TEST_CASE("padding gives no gradient to any row", "[embedding][gradient]") {
  Embedding<double> embedding({.tokens = 5, .width = 3}, Random(1));
  LstmCell<double> cell({.inputs = 3, .hidden = 4}, Random(2));
  const auto report = check_gradients(embedding, [&](auto& on, const auto& module) {
    return run(cell, module(on, padded_with(-1), lengths), {.lengths = lengths}).state.hidden;
  });
  INFO(report);
  CHECK(report.passed());

  const Sizes one_step{1, 1, 0};
  Tape<double> tape;
  const auto mean = mean_over_time(embedding(tape, padded_with(-1), one_step), one_step);
  tape.backward({{mean, Tensor<double>({3, 3}, 1.0)}});
  const double* const gradient = tape.gradient_of(embedding.weight);
  for (std::size_t row = 0; row < 5; ++row) CHECK(gradient[3 * row] == (row == 1 || row == 4 ? 1 : 0));
}

TEST_CASE("a token within a sequence must be one, and lengths must fit", "[embedding][error]") {
  const Embedding<double> embedding({.tokens = 5, .width = 3}, Random(1)), empty;
  Tape<double> tape;
  CHECK(message_of<ArgumentError>([&] { embedding(tape, padded_with(-1)); })
        == "rows: token -1 at position [0, 2] of [4, 3] is outside [0, V=5) (was the text encoded with another "
           "vocabulary, or padded? given the lengths, rows does not look at padding)");
  CHECK_THAT(message_of<ArgumentError>([&] {
               embedding(tape, padded_with(-1), Sizes{4, 3, 0});
             }),
             Catch::Contains("token -1 at position [2, 1]"));
  CHECK_THROWS_AS(embedding(tape, padded_with(-1), Sizes{4, 2}), ShapeError);
  CHECK_THROWS_AS(embedding(tape, padded_with(-1), Sizes{5, 2, 0}), ArgumentError);
  CHECK_THROWS_AS(embedding(tape, Tensor<int>({3}), Sizes{1, 1, 1}), ShapeError);
  CHECK_THROWS_AS(rows(tape.zeros({0, 3}), padded_with(-1), Sizes{0, 0, 0}), ArgumentError);
  CHECK(embedding(tape, padded_with(0), Lengths{}).shape() == Shape{4, 3, 3});
}
