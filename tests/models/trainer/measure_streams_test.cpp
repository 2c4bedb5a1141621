#include "support/catch.hpp"
#include "support/training_models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/measure_streams.hpp>

using namespace unroll;
using namespace unroll::testing;

TEST_CASE(
    "the loss over all tokens but the first is that of their streams, each whole, whatever batch, steps and threads") {
  const Speller model;
  for (const std::size_t size : {2, 511, 1025, 5000}) {
    const auto tokens = text(size);
    const std::size_t streams = streams_to_measure(size);
    Team alone(1);
    double expected = 0;  // each stream by itself, in one window
    for (std::size_t n = 0, first = 0; n < streams; ++n) {
      const std::size_t length = (size - 1) / streams + (n < (size - 1) % streams ? 1 : 0);
      StreamWindows stream(Tokens(tokens).piece(first, length + 1), 1, {length, length});
      expected += measure(stream, spelling_loss(model, {length, length}), 1, alone).loss * static_cast<double>(length);
      first += length;
    }
    expected /= static_cast<double>(size - 1);
    for (const std::size_t batch : {1, 7, 64})
      for (const std::size_t steps : {1, 33, 10000}) {
        Team team(1 + batch % 3);
        const Measured found = measure_streams(tokens, spelling_loss(model, {steps, steps}), batch, team);
        CHECK(found.items == size - 1);
        CHECK(found.loss == Approx(expected).epsilon(1e-5));
      }
  }
}

TEST_CASE("short texts are measured in fewer streams") {
  CHECK(streams_to_measure(2) == 1);
  CHECK(streams_to_measure(5120) == 10);
  CHECK(streams_to_measure(1000000) == 64);
}

TEST_CASE("what has nothing to predict, or is to be read in no stream, is not measured") {
  const Speller model;
  Team team(1);
  const auto loss = spelling_loss(model, {4, 4});
  CHECK_THROWS_AS(measure_streams(text(0), loss, 1, team), ArgumentError);
  CHECK_THROWS_AS(measure_streams(text(1), loss, 1, team), ArgumentError);
  CHECK_THROWS_AS(measure_streams(text(9), loss, 0, team), ArgumentError);
}
