#include "support/catch.hpp"
#include "support/training_models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/measure_windows.hpp>

#include <algorithm>

using namespace unroll;
using namespace unroll::testing;

TEST_CASE("the loss in windows from zeros is the mean of each window's by itself, the shorter last one included") {
  const Speller model;
  const auto loss = from_zeros(spelling_loss(model, {1, 1}));
  Team alone(1);
  for (const std::size_t size : {2, 33, 200, 641}) {
    const auto tokens = text(size);
    for (const std::size_t steps : {1, 16, 32, 1000}) {
      double expected = 0;
      for (std::size_t first = 0; first + 1 < size; first += steps) {
        const std::size_t count = std::min(steps, size - 1 - first);
        ShuffledWindows one(Tokens(tokens).piece(first, count + 1),
                            {.steps = count, .batch = 1, .order = WindowOrder::in_order});
        expected += measure(one, loss, 1, alone).loss * static_cast<double>(count);
      }
      expected /= static_cast<double>(size - 1);
      for (const std::size_t batch : {1, 7}) {
        Team team(1 + batch % 3);
        const Measured found = measure_windows(tokens, loss, steps, batch, team);
        CAPTURE(size, steps, batch);
        CHECK(found.items == size - 1);
        CHECK(found.loss == Approx(expected).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("what has nothing to predict, or no steps, is not measured in windows") {
  const Speller model;
  Team team(1);
  const auto loss = from_zeros(spelling_loss(model, {4, 4}));
  CHECK_THROWS_AS(measure_windows(text(0), loss, 4, 1, team), ArgumentError);
  CHECK_THROWS_AS(measure_windows(text(1), loss, 4, 1, team), ArgumentError);
  CHECK_THROWS_AS(measure_windows(text(9), loss, 0, 1, team), ArgumentError);
  CHECK_THROWS_AS(measure_windows(text(9), loss, 4, 0, team), ArgumentError);
}
