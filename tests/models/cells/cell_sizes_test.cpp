#include "support/model_sizes.hpp"

// Layers, cells and stacks: every option that they are made of, the gates of their weights, and the first states of
// batches. How the list was made: support/model_sizes.hpp. Of the modifiers and directions that hand their options to
// an inner cell as they are, some stand for all.

using namespace unroll;
using namespace unroll::testing;

namespace {

/// Options that a cell is made of, with a size in one place: 0 is none, and the others are too wide for a BLAS.
template <class Cell>
void add_cell(std::vector<SizeUse>& uses, const std::string& name) {
  using Options = typename Cell::Options;
  uses.push_back({name + ", inputs", "x.xxxx",
                  [](Size n) { return Cell(Options{.inputs = n, .hidden = 2}, random_numbers).hidden_size() == 2; }});
  uses.push_back({name + ", hidden", "x.xxxx",
                  [](Size n) { return Cell(Options{.inputs = 2, .hidden = n}, random_numbers).hidden_size() == n; }});
  if constexpr (requires(Options options) { options.recurrent; })
    uses.push_back({name + ", recurrent", "..xxxx", [](Size n) {
                      return Cell(Options{.inputs = 2, .hidden = 2, .recurrent = n}, random_numbers).hidden_size() == 2;
                    }});
}

std::vector<SizeUse> cells() {
  std::vector<SizeUse> uses;
  add_cell<RnnCell<>>(uses, "RnnCell");
  add_cell<PreactivationRnnCell<>>(uses, "PreactivationRnnCell");
  add_cell<LstmCell<>>(uses, "LstmCell");
  add_cell<CoupledLstmCell<>>(uses, "CoupledLstmCell");
  add_cell<PeepholeLstmCell<>>(uses, "PeepholeLstmCell");
  add_cell<LayerNormLstmCell<>>(uses, "LayerNormLstmCell");
  add_cell<GruCell<>>(uses, "GruCell");
  add_cell<MinGruCell<>>(uses, "MinGruCell");
  add_cell<MinLstmCell<>>(uses, "MinLstmCell");
  add_cell<SLstmCell<>>(uses, "SLstmCell");
  add_cell<MLstmCell<>>(uses, "MLstmCell");
  add_cell<LruCell<>>(uses, "LruCell");
  add_cell<LayerNormalized<GruCell<>>>(uses, "LayerNormalized");
  add_cell<Residual<GruCell<>>>(uses, "Residual");
  add_cell<Reversed<GruCell<>>>(uses, "Reversed");
  add_cell<Bidirectional<GruCell<>, Merge::sum>>(uses, "Bidirectional");
  return uses;
}

std::vector<SizeUse> modules() {
  return {
      {"expect_sizes", "x.xxxx",
       [](Size n) {
         return expect_sizes("f", {{"size", n}}), true;
       }},
      {"Linear, inputs", "x.xxxx",
       [](Size n) {
         return Linear<>({.inputs = n, .outputs = 2}, random_numbers).weight.shape() == Shape{2, n};
       }},
      {"Linear, outputs", "x.xxxx",
       [](Size n) { return Linear<>({.inputs = 2, .outputs = n}, random_numbers).bias.shape() == Shape{n}; }},
      {"OutputLayer", "x.xxxx",
       [](Size n) {
         return OutputLayer<>({.inputs = 2, .outputs = n}, random_numbers).affine.bias.shape() == Shape{n};
       }},
      {"Embedding, tokens", "x.xxxx",
       [](Size n) {
         return Embedding<>({.tokens = n, .width = 2}, random_numbers).weight.shape() == Shape{n, 2};
       }},
      {"Embedding, width", "x.xxxx",
       [](Size n) {
         return Embedding<>({.tokens = 2, .width = n}, random_numbers).weight.shape() == Shape{2, n};
       }},
      {"Embedding, given tokens", "......",
       [](Size n) {
         Tape<> tape;
         const Embedding<> embedding({.tokens = 2, .width = 1}, random_numbers);
         return embedding(tape, Tensor<int>({n, 0})).shape() == Shape{n, 0, 1};
       }},
      {"LayerNorm", "x.xxxx", [](Size n) { return LayerNorm<>(n).weight.shape() == Shape{n}; }},
      {"LayerNormalized, inputs of a cell that projects", "x.xxxx",
       [](Size n) {
         const GruCell<> cell({.inputs = 1, .hidden = 2}, random_numbers);
         return LayerNormalized(cell, n).projected_norm.weight.shape() == Shape{6};
       }},
      {"LayerNormalized, inputs of a cell that does not", "x.xxxx",
       [](Size n) { return LayerNormalized(Adder(), n).projected_norm.weight.shape() == Shape{n}; }},
      {"Projected, recurrent", "x.xxxx",
       [](Size n) {
         return Projected<LstmCell<>>({.inputs = 2, .hidden = 2, .recurrent = n}, random_numbers).hidden_size() == n;
       }},
      {"Projected, hidden", "x.xxxx",
       [](Size n) {
         return Projected<RnnCell<>>({.inputs = 2, .hidden = n, .recurrent = 1}, random_numbers).hidden_size() == 1;
       }},
      {"irnn, inputs", "x.xxxx",
       [](Size n) { return irnn({.inputs = n, .hidden = 2}, random_numbers).hidden_size() == 2; }},
      {"irnn, hidden", "x.xxxx",
       [](Size n) { return irnn({.inputs = 2, .hidden = n}, random_numbers).hidden_size() == n; }},
      {"MLstmCell, heads", "x.xxxx",
       [](Size n) { return MLstmCell<>({.inputs = 2, .hidden = 2, .heads = n}, random_numbers).heads() == n; }},
      {"AttentionPooling, inputs", "x.xxxx",
       [](Size n) {
         return AttentionPooling<>({.inputs = n, .hidden = 2}, random_numbers).weight.shape() == Shape{2, n};
       }},
      {"AttentionPooling, hidden", "x.xxxx",
       [](Size n) {
         return AttentionPooling<>({.inputs = 2, .hidden = n}, random_numbers).weight.shape() == Shape{n, 2};
       }},
      {"AttentionPooling, query", "..xxxx",
       [](Size n) {
         const AttentionPooling<> pooling({.inputs = 2, .hidden = 2, .query = n}, random_numbers);
         return pooling.query_weight.shape() == (n == 0 ? Shape{0} : Shape{2, n});
       }},
  };
}

std::vector<SizeUse> input_weights() {
  const auto made_of = [](const InputSizes& sizes) { return InputWeights<>("f", sizes, random_numbers); };
  return {
      {"InputWeights, gates", "x.xxxx",
       [=](Size n) {
         return made_of({.gates = n, .inputs = 2, .hidden = 4}).input_weight.shape() == Shape{4 * n, 2};
       }},
      {"InputWeights, hidden", "x.xxxx",
       [=](Size n) {
         return made_of({.gates = 4, .inputs = 2, .hidden = n}).input_weight.shape() == Shape{4 * n, 2};
       }},
      {"InputWeights::hidden_size", "x.xxxx",
       [=](Size n) { return made_of({.gates = 1, .inputs = 2, .hidden = 3}).hidden_size(n) == 3; }},
      {"InputWeights::add_to_bias, gate", "..xxxx",
       [=](Size n) {
         auto weights = made_of({.gates = 2, .inputs = 2, .hidden = 3});
         const Size first = n == 1 ? 3 : 0;
         const float before = weights.input_bias.value()[first];
         weights.add_to_bias(2, n, 5);
         return weights.input_bias.value()[first] == before + 5;
       }},
  };
}

std::vector<SizeUse> recurrent_weights() {
  const auto made_of = [](const RecurrentSizes& sizes) { return RecurrentWeights<>("f", sizes, random_numbers); };
  return {
      {"RecurrentWeights, gates", "x.xxxx",
       [=](Size n) {
         return made_of({.gates = n, .inputs = 2, .hidden = 4}).hidden_weight.shape() == Shape{4 * n, 4};
       }},
      {"RecurrentWeights, hidden", "x.xxxx",
       [=](Size n) {
         return made_of({.gates = 4, .inputs = 2, .hidden = n}).hidden_weight.shape() == Shape{4 * n, n};
       }},
      {"RecurrentWeights, recurrent", "..xxxx",
       [=](Size n) {
         return made_of({.gates = 1, .inputs = 2, .hidden = 3, .recurrent = n}).hidden_weight.shape()[1]
                == (n == 0 ? 3 : n);
       }},
      {"RecurrentWeights::hidden_size", "x.xxxx",
       [=](Size n) { return made_of({.gates = 1, .inputs = 2, .hidden = 3}).hidden_size(n) == 3; }},
      {"RecurrentWeights::hidden_size of nothing", "x.....",
       [](Size n) { return RecurrentWeights<>().hidden_size(n) == 0; }},
      {"RecurrentWeights::add_to_bias, gates", "x.xxxx",
       [=](Size n) {
         auto weights = made_of({.gates = 1, .inputs = 2, .hidden = 3});
         const float before = weights.input_bias.value()[2];
         weights.add_to_bias(n, 0, 5);
         return weights.input_bias.value()[2] == before + 5;
       }},
      {"RecurrentWeights::add_to_bias, gate", "..xxxx",
       [=](Size n) {
         auto weights = made_of({.gates = 2, .inputs = 2, .hidden = 3});
         const Size first = n == 1 ? 3 : 0;
         const float before = weights.input_bias.value()[first];
         weights.add_to_bias(2, n, 5);
         return weights.input_bias.value()[first] == before + 5;
       }},
  };
}

/// The first state of a model, in a batch of n.
template <class Model>
SizeUse first_state(std::string name, std::string expected, const Model& model) {
  return {std::move(name), std::move(expected), [=](Size n) {
            Tape<> tape;
            bool right = true;
            auto state = initial_state(model, tape, n);
            for_each_variable(state, [&](const Variable<>& variable) {
              right &= variable.shape()[0] == n && variable.value().size() == variable.shape().size();
            });
            return right;
          }};
}

std::vector<SizeUse> stacks() {
  const LstmCell<> lstm({.inputs = 1, .hidden = 1}, random_numbers);
  const GruCell<> gru({.inputs = 1, .hidden = 1}, random_numbers);
  const auto depth = [](Size n) { return Layers<GruCell<>>(n, {.inputs = 1, .hidden = 1}, random_numbers); };
  return {
      {"Layers, count", "..mmxx", [=](Size n) { return depth(n).cells.size() == n; }},
      {"Layers, count of wide cells", "..mmxx",
       [](Size n) { return Layers<LstmCell<>>(n, {.inputs = 300, .hidden = 300}, random_numbers).cells.size() == n; }},
      {"Layers, hidden", "x.xxxx",
       [](Size n) { return Layers<LstmCell<>>(2, {.inputs = 1, .hidden = n}, random_numbers).hidden_size() == n; }},
      first_state("initial_state", "..mmxx", lstm),
      first_state("initial_state of a width of 0", "......", Adder{0}),
      first_state("initial_state of Zoneout", "..mmxx", Zoneout(lstm)),
      first_state("initial_state of Projected", "..mmxx",
                  Projected<LstmCell<>>({.inputs = 1, .hidden = 1, .recurrent = 1}, random_numbers)),
      first_state("initial_state of Reversed", "..mmxx", Reversed(lstm)),
      first_state("initial_state of Bidirectional", "..mmxx", Bidirectional(lstm, lstm)),
      first_state("initial_state of Layers", "..mmxx", depth(2)),
      first_state("initial_state of Stack", "..mmxx", Stack(lstm, gru)),
      {"initial_state, width", "..mmxx",
       [](Size n) {
         Tape<> tape;
         return initial_state(Adder{n}, tape, 1).hidden.value().size() == n;
       }},
      {"CarriedState::resume", "..mmxx",
       [=](Size n) {
         Tape<> tape;
         return CarriedState<>().resume(gru, tape, n).hidden.value().size() == n;
       }},
      {"CarriedState::resume_with_gradient, of another batch", ".xmmxx",
       [=](Size n) {
         Tape<> tape, next;
         CarriedState<> carried;
         carried.keep(initial_state(gru, tape, 0));
         return carried.resume_with_gradient(gru, next, n).hidden.shape()[0] == n;
       }},
      {"CarriedState::forget, row", ".xxxxx",
       [](Size n) {
         CarriedState<> carried;
         carried.assign({Tensor<>({1, 2}, 1.0F)});
         carried.forget(n);
         return carried.values()[0] == Tensor<>({1, 2});
       }},
  };
}

}  // namespace

TEST_CASE("layers and cells of a size that was computed wrong are refused by name, or made", "[sizes][error]") {
  expect_outcomes(modules());
  expect_outcomes(cells());
}

TEST_CASE("numbers of gates, and gates that do not exist, are refused", "[sizes][error]") {
  expect_outcomes(recurrent_weights());
  expect_outcomes(input_weights());
}

TEST_CASE("stacks and first states of a size that was computed wrong are refused, or made", "[sizes][error]") {
  expect_outcomes(stacks());
}
