#include "support/messages.hpp"
#include "support/ops.hpp"
#include "support/sizes.hpp"
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/layers/embedding.hpp>
#include <unroll/models/sequences/padded_sequences.hpp>
#include <unroll/models/sequences/run.hpp>

#include <array>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

using Size = std::size_t;
using Sizes = std::vector<Size>;

const std::vector<std::vector<int>> sentences{{1, 2, 3}, {}, {4}, {5, 6}};

}  // namespace

TEST_CASE("sentences of tokens stand side by side, with zeros beyond their ends", "[padding]") {
  const auto batch = pad_sequences(sentences);
  CHECK(batch.lengths == Sizes{3, 0, 1, 2});
  CHECK(batch.data == Tensor<int>({3, 4}, {1, 0, 4, 5, 2, 0, 0, 6, 3, 0, 0, 0}));
  const std::vector<Tensor<int>> as_tensors{{{3}, {1, 2, 3}}, Tensor<int>({0}), {{1}, {4}}, {{2}, {5, 6}}};
  CHECK(pad_sequences(as_tensors).data == batch.data);
  CHECK(pad_sequences(as_tensors).lengths == batch.lengths);
}

TEMPLATE_TEST_CASE("examples of numbers keep the shape of their steps", "[padding]", float, double) {
  for (const Shape& step : {Shape{}, Shape{3}, Shape{2, 3}, Shape{2, 1, 2, 1}}) {
    std::vector<Tensor<TestType>> examples;
    for (const std::size_t length : {4, 1, 0, 7})
      examples.push_back(normal<TestType>(Random(length), step.inserted(0, length)));
    const auto batch = pad_sequences(examples);
    REQUIRE(batch.data.shape() == step.inserted(0, 4).inserted(0, 7));
    CHECK(batch.lengths == Sizes{4, 1, 0, 7});
    const std::size_t width = step.size();
    for (std::size_t t = 0; t < 7; ++t)
      for (std::size_t n = 0; n < 4; ++n)
        for (std::size_t i = 0; i < width; ++i)
          CHECK(batch.data[(t * 4 + n) * width + i] == (t < batch.lengths[n] ? examples[n][t * width + i] : 0));
  }
}

TEST_CASE("a batch is made of the chosen examples, in their order and as often as they are chosen", "[padding]") {
  const auto batch = pad_sequences(sentences, std::array<Size, 3>{3, 2, 3});
  CHECK(batch.lengths == Sizes{2, 1, 2});
  CHECK(batch.data == Tensor<int>({2, 3}, {5, 4, 5, 6, 0, 6}));
  std::size_t steps = 0;
  const auto order = Random(1).permutation(4);
  for (std::size_t first = 0; first < 4; first += 2)
    for (const std::size_t length : pad_sequences(sentences, std::span(order).subspan(first, 2)).lengths)
      steps += length;
  CHECK(steps == 6);
}

TEST_CASE("examples that have no steps make a batch of no steps", "[padding]") {
  const auto batch = pad_sequences(std::vector<Tensor<>>{Tensor<>({0, 2}), Tensor<>({0, 2})});
  CHECK(batch.data.shape() == Shape{0, 2, 2});
  CHECK(batch.lengths == Sizes{0, 0});
}

TEST_CASE("a padded batch gives the states that its examples give one by one", "[padding]") {
  const GruCell<double> cell({.inputs = 2, .hidden = 3}, Random(1));
  const Embedding<double> embedding({.tokens = 7, .width = 2}, Random(2));
  std::vector<Tensor<double>> examples;
  for (const std::size_t length : {4, 1, 6}) examples.push_back(normal<double>(Random(length), {length, 2}));
  Tape<double> tape;
  const auto [data, lengths] = pad_sequences(examples).on(tape);
  const auto together = run(cell, data, {.lengths = lengths}).state.hidden;
  const auto batch = pad_sequences(sentences);
  const auto of_tokens = run(cell, embedding(tape, batch.data, batch.lengths), {.lengths = batch.lengths}).state.hidden;
  for (std::size_t n = 0; n < 3; ++n) {
    const auto alone = run(cell, reshape(tape.constant(examples[n]), {examples[n].shape()[0], 1, 2})).state.hidden;
    for (std::size_t i = 0; i < 3; ++i) CHECK(together.value()[3 * n + i] == Approx(alone.value()[i]).epsilon(1e-13));
  }
  const auto alone = run(cell, embedding(tape, Tensor<int>({2, 1}, sentences[3]))).state.hidden;
  for (std::size_t i = 0; i < 3; ++i) CHECK(of_tokens.value()[9 + i] == Approx(alone.value()[i]).epsilon(1e-13));
}

TEST_CASE("the lengths of a padded batch outlive it on the tape", "[padding]") {
  Tape tape;
  Sequence<> sequence;
  {
    const auto batch = pad_sequences(std::vector<Tensor<>>{Tensor<>({2, 1}, 3), Tensor<>({1, 1}, 5)});
    sequence = batch.on(tape);
  }
  CHECK(numbers_of(mean_over_time(sequence)) == std::vector<float>{3, 5});
}

TEST_CASE("examples that do not fit side by side are named", "[padding][error]") {
  using Examples = std::vector<Tensor<>>;
  CHECK(message_of<ArgumentError>([] { pad_sequences(Examples{}); })
        == "pad_sequences: no examples given, expected at least 1 (is this the batch after the last one of an epoch?)");
  CHECK_THROWS_AS(pad_sequences(sentences, Sizes{}), ArgumentError);
  CHECK(message_of<ShapeError>([] {
          pad_sequences(Examples{Tensor<>({2, 3}), Tensor<>({2, 4})});
        })
        == "pad_sequences: the steps of example 1 have shape [4], those of the first [3]");
  CHECK_THROWS_AS(pad_sequences(Examples{Tensor<>({2, 3}), Tensor<>({2})}), ShapeError);
  CHECK_THAT(message_of<ShapeError>([] {
               pad_sequences(Examples{Tensor<>({2}), Tensor<>(Shape{})});
             }),
             Contains("example 1 has no axis, expected [length, ...]"));
  CHECK_THAT(message_of<ArgumentError>([] {
               pad_sequences(sentences, Sizes{1, 4});
             }),
             Contains("pad_sequences: example 4 asked of 4"));
  CHECK_THROWS_AS(pad_sequences(Examples{Tensor<>({1, 1, 1, 1, 1, 1})}), ShapeError);  // no axis is left for N
}

TEST_CASE("sizes that were computed wrong do not confuse pad_sequences", "[padding][sizes]") {
  expect_outcomes({
      {"length", ".....x",
       [](Size n) {
         const auto batch = pad_sequences(std::vector{Tensor<>({n, 0}), Tensor<>({1, 0})});
         return batch.data.shape() == Shape{std::max<Size>(n, 1), 2, 0} && batch.lengths == Sizes{n, 1};
       }},
      {"width", ".....x",
       [](Size n) {
         return pad_sequences(std::vector{Tensor<>({0, n}), Tensor<>({0, n})}).data.shape() == Shape{0, 2, n};
       }},
      {"chosen", "..xxxx",
       [](Size n) {
         return pad_sequences(std::vector{Tensor<>({1}, 4), Tensor<>({1}, 5)}, Sizes{n}).data[0]
                == 4.f + static_cast<float>(n);
       }},
  });
}
