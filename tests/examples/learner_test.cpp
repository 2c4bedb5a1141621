#include "character_model/learner.hpp"

#include "character_model/measure.hpp"
#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>

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

/// The most memory that the process has had; 0 where the system does not say.
double peak_kilobytes() {
  std::ifstream file("/proc/self/status");
  double number = 0;
  for (std::string word; file >> word;)
    if (word == "VmHWM:" && file >> number) return number;
  return 0;
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

/// Steps [first, end) of five streams of 39 characters, and what follows each.
struct Steps {
  unroll::Tensor<int> inputs, targets;
};
Steps steps_of(const std::vector<int>& tokens, std::size_t first, std::size_t end) {
  Steps steps{unroll::Tensor<int>({end - first, 5}), unroll::Tensor<int>({end - first, 5})};
  for (std::size_t t = first; t < end; ++t)
    for (std::size_t n = 0; n < 5; ++n) {
      steps.inputs.at({t - first, n}) = tokens[n * 39 + t];
      steps.targets.at({t - first, n}) = tokens[n * 39 + t + 1];
    }
  return steps;
}

/// The gradient of the mean loss of steps [first, end), with the state after the steps before them as data.
std::vector<float> gradient_of_mean(Lstm model, const std::vector<int>& tokens, std::size_t first, std::size_t end) {
  const unroll::Parameters<float> parameters(model);
  parameters.zero_gradients();
  unroll::Tape<float> tape;
  unroll::CarriedState<float> state;
  if (first > 0) {
    const Steps before = steps_of(tokens, 0, first);
    state.keep(model(tape, before.inputs, initial_state(model.recurrent, tape, 5)).state);
    tape.clear();
  }
  const Steps steps = steps_of(tokens, first, end);
  const auto logits = model(tape, steps.inputs, state.resume(model.recurrent, tape, 5)).outputs;
  tape.backward(unroll::cross_entropy(logits, steps.targets), parameters);
  const auto gradient = model.recurrent.cells[0].weights.hidden_weight.gradient();
  return {gradient.begin(), gradient.end()};
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

TEST_CASE("with k1 > k2 an update is the mean over the steps that it goes back over, also at the end of a pass") {
  struct Case {
    unroll::Truncation truncation;
    std::size_t updates, first, end;  // updates before the one looked at, and the steps that this goes back over
  };
  // The last chunk of a stream has 3 steps: the chunks that are kept hold fewer than k2.
  const Case wanted =
      GENERATE(values<Case>({{{8, 4}, 0, 4, 8}, {{8, 4}, 4, 36, 39}, {{20, 8}, 0, 12, 20}, {{20, 8}, 1, 32, 39}}));
  CAPTURE(wanted.truncation.k1, wanted.updates);
  const auto tokens = random_tokens(200);
  Lstm model(small, vocabulary, unroll::Random(3));
  unroll::Team team(2);
  const Streams streams(tokens, 5, wanted.truncation.chunk());
  Learner learner(model, streams, team, {.optimizer = "sgd", .clip = no_clip, .truncation = wanted.truncation},
                  unroll::Random(4));
  const Lstm before = model;
  for (std::size_t update = 0; update < wanted.updates; ++update) learner.learn(0);
  learner.learn(1);
  const auto expected = gradient_of_mean(before, tokens, wanted.first, wanted.end);
  const auto &old_weight = before.recurrent.cells[0].weights.hidden_weight.value(),
             &new_weight = model.recurrent.cells[0].weights.hidden_weight.value();
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(old_weight[i] - new_weight[i] == Approx(expected[i]).epsilon(1e-3).margin(1e-6));
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

TEST_CASE("a text that follows a rule is learned") {
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
  CHECK_THAT(
      message_of<unroll::NumericalError>([&] { learner.learn(0.25); }),
      Contains("step 2 at learning rate 0.25: the loss is nan; the first number that is not finite is in the value of "
               "parameter 'output.bias', before the forward pass: nan at [0] of [5]; a lower --learning-rate"));
  CHECK(model.output.weight.value() == before);
  CHECK_THROWS_AS(measure(team, model, tokens, 2, 5), unroll::NumericalError);
}

TEST_CASE("divergence names the op and the line where the first number was not finite") {
  const auto tokens = cyclic_tokens(100);
  Lstm model(small, vocabulary, unroll::Random(1));
  unroll::Team team(2);
  const Streams streams(tokens, 4, 5);
  const std::size_t k2 = GENERATE(5, 10);
  Learner learner(model, streams, team, {.optimizer = "sgd", .clip = 5, .truncation = {5, k2}}, unroll::Random(1));
  for (int step = 0; step < 3; ++step) learner.learn(0.1);
  for (std::size_t token = 0; token < vocabulary; ++token)  // further apart than any float
    model.output.bias.mutable_value()[token] = token == 0 ? 3e38f : -3e38f;
  CHECK_THAT(message_of<unroll::NumericalError>([&] { learner.learn(0.1); }),
             Contains("training has diverged in step 4 at learning rate 0.1: the loss is inf; the first number that is "
                      "not finite is in the forward pass, of 'cross_entropy' (learner.cpp:")
                 && Contains("): inf at [] of []; a lower --learning-rate or --clip may help"));
}

TEST_CASE("a number that is not finite is found in steps that are run and not learned from, too") {
  const auto tokens = cyclic_tokens(100);
  Lstm model(small, vocabulary, unroll::Random(1));
  unroll::Team team(1);
  const Streams streams(tokens, 4, 4);
  Learner learner(model, streams, team, {.optimizer = "sgd", .clip = 5, .truncation = {12, 4}}, unroll::Random(1));
  learner.learn(0.1);
  for (std::size_t token = 0; token < vocabulary; ++token)
    model.output.bias.mutable_value()[token] = token == 0 ? 3e38f : -3e38f;
  CHECK_THAT(message_of<unroll::NumericalError>([&] { learner.learn(0.1); }),
             Contains("the forward pass, of 'cross_entropy' (learner.cpp:"));
}

TEST_CASE("to say where training has diverged takes no more memory than training") {
  const auto tokens = cyclic_tokens(4 * 4000);
  Lstm model({.cell = CellKind::lstm, .hidden = 64, .embedding = 4}, vocabulary, unroll::Random(1));
  unroll::Team team(1);
  const Streams streams(tokens, 4, 20);
  Learner learner(model, streams, team, {.optimizer = "sgd", .clip = 5, .truncation = {2000, 20}}, unroll::Random(1));
  learner.learn(0.1);
  model.output.bias.mutable_value()[0] = std::numeric_limits<float>::quiet_NaN();
  std::ofstream("/proc/self/clear_refs") << 5;  // the peak is what is taken now
  const double before = peak_kilobytes();
  CHECK_THROWS_AS(learner.learn(0.1), unroll::NumericalError);
  // Twenty steps are half a megabyte; the 2000 of an update are forty.
  CHECK(peak_kilobytes() - before < 10000);
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

TEST_CASE("a text's loss is that of every character but the first, whatever batch, steps and threads") {
  for (const std::size_t length : {2, 3, 511, 1025, 5000, 20'001}) {
    const auto tokens = random_tokens(length);
    const Lstm model(small, vocabulary, unroll::Random(3));
    unroll::Team alone(1);
    const Measurement expected = measure(alone, model, tokens, 1, 64);
    CHECK(expected.characters == length - 1);
    for (const auto& [batch, steps, threads] :
         std::vector<std::array<std::size_t, 3>>{{7, 64, 1}, {63, 10, 2}, {64, 1000, 3}, {256, 33, 2}}) {
      unroll::Team team(threads);
      const Measurement found = measure(team, model, tokens, batch, steps);
      INFO(length << " characters, --batch " << batch << " --steps " << steps << " --threads " << threads);
      CHECK(found.characters == length - 1);
      CHECK(found.loss == Approx(expected.loss).epsilon(1e-6));
    }
  }
}
