#include "support/catch.hpp"
#include <unroll/framework/tape/module.hpp>
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/layers/embedding.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/linear.hpp>

#include <string_view>

using namespace unroll;

struct TiedModel {
  Embedding<> embedding{{.tokens = 50, .width = 32}, Random(1)};
  GruCell<> cell{{.inputs = 32, .hidden = 32}, Random(2)};

  Variable<> operator()(Tape<>& tape, const Tensor<int>& tokens) const {          // [T, N] -> [T, N, 50]
    return linear(run(cell, embedding(tape, tokens)).outputs, embedding.weight);  // the same table again
  }
  static void members(auto& self, auto&& visit) { visit("embedding", self.embedding), visit("cell", self.cell); }
};

void freeze(Module auto& model, std::string_view prefix) {  // freeze(model, "encoder.")
  for (const auto& [name, parameter] : parameters_of(model))
    if (name.starts_with(prefix)) parameter->frozen = true;  // no gradient, no update
}

TEST_CASE("a frozen parameter gets no gradient, and one that is tied one of all its uses", "[readme]") {
  TiedModel model;
  freeze(model, "cell.");
  Tape tape;
  const auto logits = model(tape, Tensor<int>({3, 2}, 7));
  CHECK(logits.shape() == Shape{3, 2, 50});
  tape.backward({{logits, Tensor<>({3, 2, 50}, 1)}});
  const float* const gradient = tape.gradient_of(model.embedding.weight);
  REQUIRE(gradient != nullptr);
  CHECK(gradient[0] != 0);                 // of a token that was only said
  CHECK(gradient[7 * 32] != gradient[0]);  // of one that was read, too
  CHECK(tape.gradient_of(model.cell.weights.hidden_weight) == nullptr);
}
