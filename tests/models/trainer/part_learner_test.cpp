#include "support/catch.hpp"
#include "support/training_models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/part_learner.hpp>
#include <unroll/models/trainer/trainer.hpp>

#include <fstream>
#include <limits>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

/// The most memory that the process has had; 0 where the system does not say.
double peak_kilobytes() {
  std::ifstream file("/proc/self/status");
  double number = 0;
  for (std::string word; file >> word;)
    if (word == "VmHWM:" && file >> number) return number;
  return 0;
}

/// Steps [first, end) of five streams of 39 tokens.
StreamWindow steps_of(const std::vector<int>& tokens, std::size_t first, std::size_t end) {
  StreamWindow window{Tensor<int>({end - first, 5}), Tensor<int>({end - first, 5})};
  for (std::size_t t = first; t < end; ++t)
    for (std::size_t n = 0; n < 5; ++n) {
      window.tokens.at({t - first, n}) = tokens[n * 39 + t];
      window.targets.at({t - first, n}) = tokens[n * 39 + t + 1];
    }
  return window;
}

/// The gradient of the mean loss of steps [first, end), with the state after the steps before them as data.
std::vector<float> gradient_of_mean(const Speller& model, const std::vector<int>& tokens, std::size_t first,
                                    std::size_t end) {
  Speller copy = model;
  const auto loss = spelling_loss(copy, {1, 1});
  const Parameters<> parameters(copy);
  parameters.zero_gradients();
  Tape<> tape;
  CarriedState<> state;
  if (first > 0) {
    state.keep(loss.loss(tape, steps_of(tokens, 0, first), state.resume(copy.cell, tape, 5), {}).second);
    tape.clear();
  }
  tape.backward(loss.loss(tape, steps_of(tokens, first, end), state.resume(copy.cell, tape, 5), {}).first, parameters);
  const auto& gradient = copy.cell.weights.hidden_weight.gradient();
  return {gradient.begin(), gradient.end()};
}

TrainerOptions<> sgd(double learning_rate, std::uint64_t updates) {
  return {.optimizer = Sgd<>({.learning_rate = learning_rate}), .budget = {.updates = updates}};
}

/// A speller whose second token is certain, with logits further apart than any float.
void make_certain(Speller& model) {
  for (std::size_t token = 0; token < 4; ++token)
    model.output.bias.mutable_value()[token] = token == 1 ? 3e38f : -3e38f;
}

}  // namespace

TEST_CASE("with k1 > k2 an update is the mean over the steps that it goes back over, also at the end of a stream") {
  struct Case {
    Truncation truncation;
    std::uint64_t updates;   // before the one looked at
    std::size_t first, end;  // the steps that this one goes back over
  };
  // The last chunk of a stream has 3 steps: the chunks that are kept hold fewer than k2.
  const Case wanted =
      GENERATE(values<Case>({{{8, 4}, 0, 4, 8}, {{8, 4}, 4, 36, 39}, {{20, 8}, 0, 12, 20}, {{20, 8}, 1, 32, 39}}));
  CAPTURE(wanted.truncation.k1, wanted.updates);
  const auto tokens = text(200);
  Speller model;
  const auto loss = spelling_loss(model, wanted.truncation);
  StreamWindows windows(tokens, 5, wanted.truncation);
  Trainer trainer(model, sgd(1, 1));
  detail::PartLearner<float, StreamWindows, std::remove_cvref_t<decltype(loss)>> learner(loss, false);
  detail::PartSum sum;
  for (std::uint64_t update = 0; update <= wanted.updates; ++update)
    sum = learner.learn(windows, update, {}, {}, trainer.parameters());
  std::vector<const Tape<>*> tapes;
  learner.list_tapes(tapes);
  trainer.parameters().zero_gradients();
  for (const Tape<>* tape : tapes) add_gradients(*tape, trainer.parameters());
  const auto expected = gradient_of_mean(model, tokens, wanted.first, wanted.end);
  const auto& found = model.cell.weights.hidden_weight.gradient();
  CHECK(sum.learned == 5 * (wanted.end - wanted.first));
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(found[i] / static_cast<float>(sum.learned) == Approx(expected[i]).epsilon(1e-3).margin(1e-6));
}

TEST_CASE("divergence names the parameter, or the op and the line, where the first number was not finite") {
  Speller model;
  const auto tokens = text(100);
  const Truncation truncation = GENERATE(Truncation{5, 5}, Truncation{5, 10}, Truncation{12, 4});
  CAPTURE(truncation.k1, truncation.k2);
  const auto loss = spelling_loss(model, truncation);
  StreamWindows windows(tokens, 4, truncation);
  Trainer(model, sgd(0.1, 3)).fit(windows, loss);
  make_certain(model);
  CHECK_THROWS_WITH(
      Trainer(model, sgd(0.25, 3)).fit(windows, loss),
      Contains("training has diverged in update 1 at learning rate 0.25: the loss is inf; the first number "
               "that is not finite is in the forward pass, of 'cross_entropy' (training_models.hpp:")
          && Contains("): inf at [] of []; a lower learning rate or clip_norm may help"));
  model.output.bias.mutable_value()[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(Trainer(model, sgd(0.25, 3)).fit(windows, loss),
                    Contains("in the value of parameter 'output.bias', before the forward pass: nan at [0] of [4]"));
}

TEST_CASE("to say where training has diverged takes no more memory than training") {
  Speller model(64);
  const auto tokens = text(4 * 4000);
  const Truncation truncation{2000, 20};
  const auto loss = spelling_loss(model, truncation);
  StreamWindows windows(tokens, 4, truncation);
  auto options = sgd(0.1, 2);
  options.parts = 1;
  Trainer trainer(model, options);
  trainer.fit(windows, loss);
  model.output.bias.mutable_value()[0] = std::numeric_limits<float>::quiet_NaN();
  std::ofstream reset("/proc/self/clear_refs");
  reset << 5 << std::flush;  // the peak is what is taken now
  const double before = peak_kilobytes();
  if (!reset || before == 0) WARN("the system does not tell the most memory: the check below says nothing");
  CHECK_THROWS_AS(trainer.fit(windows, loss), NumericalError);
  // Twenty steps are half a megabyte; the 2000 of an update are forty.
  CHECK(peak_kilobytes() - before < 10000);
}
