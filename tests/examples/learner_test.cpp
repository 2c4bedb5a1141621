#include "character_model/learner.hpp"

#include "character_model/measure.hpp"
#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/error.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <cmath>
#include <limits>

using namespace character_model;
using Catch::Contains;

namespace {

constexpr std::size_t vocabulary = 5;
constexpr double no_clip = std::numeric_limits<double>::infinity();
const Settings small{.cell = CellKind::lstm, .layers = 2, .hidden = 6, .embedding = 4};

std::vector<int> random_tokens(std::size_t count) {
  const unroll::Random random(11);
  std::vector<int> tokens;
  for (std::size_t i = 0; i < count; ++i) tokens.push_back(static_cast<int>(random.uniform(i) * vocabulary));
  return tokens;
}

/// Every character follows from the one before.
std::vector<int> cyclic_tokens(std::size_t count) {
  std::vector<int> tokens;
  for (std::size_t i = 0; i < count; ++i) tokens.push_back(static_cast<int>(i % vocabulary));
  return tokens;
}

struct Outcome {
  std::vector<double> losses;
  std::vector<float> weights;
};

/// Learns with this many threads, over more windows than the text has.
template <class Model>
Outcome outcome_of(const Settings& settings, std::size_t threads, const unroll::Truncation& truncation = {8, 8}) {
  const auto tokens = random_tokens(200);
  const Streams streams(tokens, 5, truncation.chunk());  // 39 characters a stream: the last window has 7 steps
  Model model(settings, vocabulary, unroll::Random(3));
  unroll::Team team(threads);
  Learner learner(model, streams, team, {.optimizer = "sgd", .clip = no_clip, .truncation = truncation},
                  unroll::Random(4));
  Outcome outcome;
  const std::size_t updates = (39 + truncation.k1 - 1) / truncation.k1 + 3;
  for (std::size_t step = 0; step < updates; ++step) outcome.losses.push_back(learner.learn(0.1));
  CHECK(learner.characters() == 195 + 3 * 5 * truncation.k1);
  unroll::for_each_parameter(model, [&](const std::string&, const auto& parameter) {
    outcome.weights.insert(outcome.weights.end(), parameter.value().begin(), parameter.value().end());
  });
  return outcome;
}

template <class Model>
void check_threads(CellKind cell) {
  Settings settings = small;
  settings.cell = cell;
  const Outcome one = outcome_of<Model>(settings, 1);
  for (const std::size_t threads : {2, 3, 5}) {
    const Outcome several = outcome_of<Model>(settings, threads);
    for (std::size_t i = 0; i < one.losses.size(); ++i) CHECK(several.losses[i] == Approx(one.losses[i]).epsilon(1e-5));
    for (std::size_t i = 0; i < one.weights.size(); ++i)
      CHECK(several.weights[i] == Approx(one.weights[i]).epsilon(1e-4).margin(1e-6));
  }
}

}  // namespace

TEST_CASE("the number of threads changes nothing but rounding") {
  check_threads<Rnn>(CellKind::rnn);
  check_threads<Lstm>(CellKind::lstm);
  check_threads<Gru>(CellKind::gru);
}

TEST_CASE("the same number of threads gives the same bits") {
  const unroll::Truncation truncation = GENERATE(unroll::Truncation{8, 8}, unroll::Truncation{4, 16});
  CHECK(outcome_of<Lstm>(small, 2, truncation).weights == outcome_of<Lstm>(small, 2, truncation).weights);
}

TEST_CASE("nor does it when windows overlap, or leave something out") {
  for (const unroll::Truncation truncation : {unroll::Truncation{4, 16}, unroll::Truncation{8, 4}}) {
    const Outcome one = outcome_of<Gru>(small, 1, truncation), three = outcome_of<Gru>(small, 3, truncation);
    for (std::size_t i = 0; i < one.losses.size(); ++i) CHECK(three.losses[i] == Approx(one.losses[i]).epsilon(1e-5));
    for (std::size_t i = 0; i < one.weights.size(); ++i)
      CHECK(three.weights[i] == Approx(one.weights[i]).epsilon(1e-4).margin(1e-6));
  }
}

TEST_CASE("a first update is the same in one chunk as in several, also with dropout") {
  Settings settings = small;
  settings.dropout = 0.3;
  const auto tokens = random_tokens(200);
  std::vector<std::vector<float>> weights;
  for (const unroll::Truncation truncation : {unroll::Truncation{12, 12}, unroll::Truncation{12, 16}}) {
    Lstm model(settings, vocabulary, unroll::Random(3));
    unroll::Team team(2);
    const Streams streams(tokens, 5, truncation.chunk());
    Learner learner(model, streams, team, {.optimizer = "sgd", .clip = no_clip, .truncation = truncation},
                    unroll::Random(4));
    learner.learn(0.5);
    const auto& weight = model.recurrent.cells[0].weights.hidden_weight.value();
    weights.emplace_back(weight.begin(), weight.end());
  }
  for (std::size_t i = 0; i < weights[0].size(); ++i) CHECK(weights[1][i] == Approx(weights[0][i]).epsilon(1e-4));
}

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
    const Measurement found = measure(team, model, tokens, 1, steps);
    CHECK(found.characters == 100);
    CHECK(found.loss == Approx(expected).epsilon(1e-6));
  }
  // Without learning, the mean over the windows of one pass is the same.
  Lstm same = model;
  const Streams streams(tokens, 1, 20);
  Learner learner(same, streams, team, {.optimizer = "sgd", .clip = no_clip, .truncation = {20, 20}},
                  unroll::Random(1));
  for (int pass = 0; pass < 2; ++pass) {
    double sum = 0;
    for (int window = 0; window < 5; ++window) sum += learner.learn(0) / 5;
    CHECK(sum == Approx(expected).epsilon(1e-5));
  }
}

TEST_CASE("a text that follows a rule is learnt") {
  const auto tokens = cyclic_tokens(400);
  Gru model({.cell = CellKind::gru, .hidden = 8, .embedding = 4}, vocabulary, unroll::Random(1));
  unroll::Team team(2);
  const Streams streams(tokens, 4, 9);
  Learner learner(model, streams, team, {.optimizer = "adam", .clip = 5, .truncation = {9, 9}}, unroll::Random(1));
  double loss = learner.learn(0.02);
  CHECK(loss > 1);
  for (int step = 0; step < 150; ++step) loss = learner.learn(0.02);
  CHECK(loss < 0.05);
  CHECK(measure(team, model, tokens, 4, 9).loss < 0.05);
}

TEST_CASE("divergence names the step and the rate, and leaves the weights as they were") {
  const auto tokens = cyclic_tokens(100);
  Rnn model({.cell = CellKind::rnn, .hidden = 4, .embedding = 4}, vocabulary, unroll::Random(1));
  unroll::Team team(1);
  const Streams streams(tokens, 2, 5);
  Learner learner(model, streams, team, {.optimizer = "sgd", .clip = 5, .truncation = {5, 5}}, unroll::Random(1));
  learner.learn(0.1);
  model.output.bias.mutable_value()[0] = std::numeric_limits<float>::quiet_NaN();
  const auto before = model.output.weight.value();
  CHECK_THAT(message_of<unroll::NumericalError>([&] { learner.learn(0.25); }),
             Contains("step 2 at learning rate 0.25") && Contains("nan"));
  CHECK(model.output.weight.value() == before);
  CHECK_THROWS_AS(measure(team, model, tokens, 2, 5), unroll::NumericalError);
}

TEST_CASE("dropout is for training only, and differs from step to step") {
  Settings settings = small;
  settings.dropout = 0.5;
  const auto tokens = cyclic_tokens(41);
  Lstm model(settings, vocabulary, unroll::Random(3));
  unroll::Team team(1);
  const Streams streams(tokens, 4, 10);  // one window
  Learner learner(model, streams, team, {.optimizer = "sgd", .clip = no_clip, .truncation = {10, 10}},
                  unroll::Random(4));
  CHECK(learner.learn(0) != learner.learn(0));
  CHECK(measure(team, model, tokens, 4, 10).loss == measure(team, model, tokens, 4, 10).loss);
}
