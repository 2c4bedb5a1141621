#include "support/catch.hpp"
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/layers/dropout.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/layers.hpp>
#include <unroll/models/sequences/run.hpp>

using namespace unroll;

namespace {

/// A model that drops in two places, and hands its noise on to a stack.
struct Classifier {
  Dropout dropout{0.5};
  Layers<LstmCell<>> encoder{2, {.inputs = 3, .hidden = 4}, Random(1), 0.5};

  Variable<> operator()(Variable<> x, const Noise& noise = {}) const {
    const auto [outputs, state] = run(encoder, dropout(x, split(noise, 0)), {.noise = split(noise, 1)});
    return dropout(state.layers.back().hidden, split(noise, 2));
  }
};

Tensor<> answer(const Noise& noise) {
  const Classifier model;
  Tape<> tape;
  return Tensor<>(model(tape.constant(normal(Random(2), {5, 2, 3})), noise).value());
}

}  // namespace

TEST_CASE("noise is split as the random numbers in it are, and no noise stays none", "[dropout]") {
  REQUIRE(split(Noise(Random(7)), 3));
  CHECK(split(Noise(Random(7)), 3)->key() == Random(7).split(3).key());
  CHECK(split(Random(7), 3)->key() == Random(7).split(3).key());
  CHECK_FALSE(split(Noise(), 3));
}

TEST_CASE("a model hands its noise on without asking whether there is one", "[dropout]") {
  CHECK(answer({}) == answer({}));
  CHECK(answer(Random(1)) == answer(Random(1)));
  CHECK_FALSE(answer(Random(1)) == answer(Random(2)));
  CHECK_FALSE(answer(Random(1)) == answer({}));
}
