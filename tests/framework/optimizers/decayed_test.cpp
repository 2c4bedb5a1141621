#include "support/catch.hpp"
#include "support/small_model.hpp"
#include <unroll/framework/optimizers/any_optimizer.hpp>

using namespace unroll;
using namespace unroll::testing;

namespace {

/// A weight [2, 3] and a bias [3] of ones that get a gradient of zeros, so that decay alone moves them.
struct Decaying {
  SmallModel<> model;
  Parameters<> parameters{model};

  Decaying() {
    for (const auto& [name, parameter] : parameters) {
      parameter->mutable_value()->assign(Tensor<>(parameter->shape(), 1));
      set_gradient(*parameter, Tensor<>(parameter->shape()));
    }
  }
};

/// Whether an update by such an optimizer moves the weight, and whether it moves the bias.
std::pair<bool, bool> moved_by(auto optimizer) {
  Decaying decaying;
  optimizer.update(decaying.parameters);
  return {decaying.model.weight.value()[0] < 1, decaying.model.bias.value()[0] < 1};
}

}  // namespace

TEST_CASE("weight decay moves all parameters, or by one word matrices alone, with every optimizer") {
  for (const std::string_view name : optimizer_names()) {
    INFO(name);
    const auto decay = [&](Decayed decayed) {
      return moved_by(make_optimizer(name, {.learning_rate = 0.1, .weight_decay = 0.5, .decayed = decayed}));
    };
    CHECK(decay(Decayed::all) == std::pair{true, true});
    CHECK(decay(Decayed::matrices) == std::pair{true, false});
  }
  CHECK(moved_by(AdamW<>({.learning_rate = 0.1})) == std::pair{true, true});
  CHECK(moved_by(AdamW<>({.learning_rate = 0.1, .decayed = Decayed::matrices})) == std::pair{true, false});
  CHECK(moved_by(Sgd<>({.weight_decay = 0.5, .decayed = Decayed::matrices})) == std::pair{true, false});
}

TEST_CASE("what is no matrix does not decay by the weight decay of its group either") {
  const auto groups = [](const char* prefix) {
    return Sgd<>({.decayed = Decayed::matrices, .groups = {{.prefix = prefix, .weight_decay = 0.5}}});
  };
  CHECK(moved_by(groups("")) == std::pair{true, false});
  CHECK(moved_by(groups("bias")) == std::pair{false, false});
}

TEST_CASE("a bias that does not decay moves as it does without weight decay, to the bit") {
  SmallModel<> plain, decayed;
  Adam<> without({.learning_rate = 0.1}),
      with({.learning_rate = 0.1, .weight_decay = 0.5, .decayed = Decayed::matrices});
  for (int step = 0; step < 3; ++step) {
    set_gradient(plain.bias, Tensor<>({3}, 1));
    set_gradient(decayed.bias, Tensor<>({3}, 1));
    without.update(Parameters<>(plain));
    with.update(Parameters<>(decayed));
  }
  CHECK(plain.bias.value() == decayed.bias.value());
}
