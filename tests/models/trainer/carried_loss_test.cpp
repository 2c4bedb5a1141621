#include "support/catch.hpp"
#include "support/training_models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/carried_loss.hpp>
#include <unroll/models/trainer/trainer.hpp>

#include <type_traits>

using namespace unroll;
using namespace unroll::testing;

namespace {

constexpr auto no_loss = [](auto&&...) { return 0; };

template <class Model>
concept CanBeCarried = requires(Model&& model) {
  carried(std::forward<Model>(model), Truncation{1, 1}, no_loss);
};

}  // namespace

TEST_CASE("a carried loss keeps the model, which must outlive it", "[trainer]") {
  const Speller model;
  const auto loss = carried(model.cell, {.k1 = 3, .k2 = 6}, no_loss);
  CHECK(&loss.model == &model.cell);
  CHECK(loss.truncation.k1 == 3);
  CHECK(loss.truncation.k2 == 6);
  STATIC_REQUIRE(CanBeCarried<const LstmCell<>&>);
  STATIC_REQUIRE_FALSE(CanBeCarried<LstmCell<>>);
  STATIC_REQUIRE_FALSE(CanBeCarried<const Linear<>&>);  // which has no state
}

TEST_CASE("a carried loss without steps is refused when it is made", "[trainer]") {
  const Speller model;
  CHECK_THROWS_AS(carried(model.cell, {.k1 = 0, .k2 = 1}, no_loss), ArgumentError);
  CHECK_THROWS_AS(carried(model.cell, {.k1 = 1, .k2 = 0}, no_loss), ArgumentError);
}

TEST_CASE("a window's loss gets the state before it, and the step of the update at which it begins", "[trainer]") {
  Speller model;
  const auto tokens = text(41);
  const auto plain = spelling_loss(model, {6, 4});
  std::vector<std::size_t> steps;
  std::vector<bool> first;
  const auto loss = carried(model.cell, {6, 4},
                            [&](Tape<>& tape, const StreamWindow& window, const auto& state, const StepContext& begin) {
                              steps.push_back(begin.step);
                              first.push_back(state.hidden.value()[0] == 0);
                              CHECK(begin.noise.has_value());
                              return plain.loss(tape, window, state, begin);
                            });
  StreamWindows windows(tokens, 2, loss.truncation);  // 20 steps: updates of 6, 6, 6 and 2, in windows of 2
  Trainer(model, {.budget = {.epochs = 1}, .parts = 1}).fit(windows, loss);
  CHECK(steps == std::vector<std::size_t>{0, 2, 4, 0, 2, 4, 0, 2, 4, 0});
  CHECK(std::count(first.begin(), first.end(), true) == 1);
}
