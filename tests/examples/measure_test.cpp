#include "character_model/model.hpp"
#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <algorithm>
#include <array>
#include <limits>

using namespace character_model;

namespace {

constexpr std::size_t vocabulary = 5;
const Settings small{.cell = CellKind::lstm, .layers = 2, .hidden = 6, .embedding = 4};

std::vector<int> random_tokens(std::size_t count) {
  const unroll::Random random(11);
  std::vector<int> tokens;
  for (std::size_t i = 0; i < count; ++i) tokens.push_back(static_cast<int>(random.uniform(i) * vocabulary));
  return tokens;
}

}  // namespace

TEST_CASE("the state is carried: windows give the loss of the whole text in one") {
  const auto tokens = random_tokens(101);
  const Lstm model(small, vocabulary, unroll::Random(3));
  unroll::Tape<float> tape;
  const unroll::Tensor<int> inputs({100, 1}, {tokens.begin(), tokens.end() - 1});
  const unroll::Tensor<int> targets({100, 1}, {tokens.begin() + 1, tokens.end()});
  const auto logits = model(tape, inputs, initial_state(model.recurrent, tape, 1)).outputs;
  const double expected = static_cast<double>(unroll::cross_entropy(logits, targets).item());

  unroll::Team team(GENERATE(1, 2));
  for (const std::size_t steps : {1, 7, 100, 1000}) {
    const unroll::Measured found = measure(team, model, tokens, 1, steps);
    CHECK(found.items == 100);
    CHECK(found.loss == Approx(expected).epsilon(1e-6));
  }
}

TEST_CASE("a text's loss is that of every character but the first, whatever batch and steps") {
  for (const std::size_t length : {2, 3, 511, 1025, 5000, 20'001}) {
    const auto tokens = random_tokens(length);
    const Lstm model(small, vocabulary, unroll::Random(3));
    unroll::Team alone(1);
    const unroll::Measured expected = measure(alone, model, tokens, 1, 64);
    CHECK(expected.items == length - 1);
    for (const auto& [batch, steps, threads] :
         std::vector<std::array<std::size_t, 3>>{{7, 64, 1}, {63, 10, 2}, {64, 1000, 3}, {256, 33, 2}}) {
      unroll::Team team(threads);
      const unroll::Measured found = measure(team, model, tokens, batch, steps);
      INFO(length << " characters, --batch " << batch << " --steps " << steps << " --threads " << threads);
      CHECK(found.items == length - 1);
      CHECK(found.loss == Approx(expected.loss).epsilon(1e-6));
    }
  }
}

TEST_CASE("from zeros, a text's loss is that of its windows alone, and of every character but the first") {
  const auto tokens = random_tokens(1234);
  const Lstm model(small, vocabulary, unroll::Random(3));
  for (const std::size_t steps : {1, 10, 64, 1233, 5000}) {
    CAPTURE(steps);
    double sum = 0;
    for (std::size_t begin = 0; begin < 1233; begin += steps) {
      const std::size_t count = std::min<std::size_t>(steps, 1233 - begin);
      unroll::Tape<float> tape(unroll::Recording::values);
      const auto at = [&](std::size_t first) { return std::vector<int>(&tokens[first], &tokens[first] + count); };
      const auto logits =
          model(tape, unroll::Tensor<int>({count, 1}, at(begin)), initial_state(model.recurrent, tape, 1)).outputs;
      const unroll::Tensor<int> targets({count, 1}, at(begin + 1));
      sum += static_cast<double>(count) * static_cast<double>(unroll::cross_entropy(logits, targets).item());
    }
    unroll::Team alone(1), several(3);
    const unroll::Measured found = measure(alone, model, tokens, 5, steps, WindowState::zeros);
    CHECK(found.items == 1233);
    CHECK(found.loss == Approx(sum / 1233).epsilon(1e-6));
    CHECK(measure(several, model, tokens, 5, steps, WindowState::zeros).loss == found.loss);
    CHECK(measure(alone, model, tokens, 64, steps, WindowState::zeros).loss == Approx(found.loss).epsilon(1e-6));
  }
  unroll::Team alone(1);
  const double whole = measure(alone, model, tokens, 1, 1233, WindowState::zeros).loss;
  CHECK(measure(alone, model, tokens, 1, 64, WindowState::zeros).loss != Approx(whole).epsilon(1e-5));
  CHECK(describe(WindowState::zeros, 64) == "windows of 64 from zeros");
  CHECK(describe(WindowState::carried, 64) == "state carried on");
}

TEST_CASE("the number of threads changes no bit of a measured loss, and what is not finite is an error") {
  const auto tokens = random_tokens(20'001);
  Lstm model(small, vocabulary, unroll::Random(3));
  unroll::Team alone(1);
  const double expected = measure(alone, model, tokens, 32, 64).loss;
  for (const std::size_t threads : {2, 3, 5}) {
    unroll::Team team(threads);
    CHECK(measure(team, model, tokens, 32, 64).loss == expected);
  }
  model.output.bias.mutable_value()[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(measure(alone, model, tokens, 32, 64), unroll::NumericalError);
}
