#include "support/catch.hpp"
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/layers/embedding.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/carried_state.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/sampling.hpp>
#include <unroll/ops/shaping.hpp>

#include <vector>

using namespace unroll;

std::vector<int> write(const Embedding<>& embedding, const GruCell<>& cell, const Linear<>& output, int token) {
  Tape<> tape(Recording::values);
  CarriedState<> memory;
  CategoricalSampler sampler({.temperature = 0.8, .top_k = 40, .top_p = 0.95}, Random(1));
  std::vector<int> text;
  for (std::size_t step = 0; step < 100; ++step) {
    tape.clear();
    const auto x = at_step(embedding(tape, Tensor<int>({1, 1}, token)), 0);
    const auto state = run_step(cell, x, memory.resume(cell, tape, 1));
    memory.keep(state);
    text.push_back(token = sampler.draw(output(state.hidden).value().values(), step));
  }
  return text;
}

TEST_CASE("a model writes the same text again, of different tokens", "[readme]") {
  const Embedding<> embedding({.tokens = 9, .width = 4}, Random(1));
  const GruCell<> cell({.inputs = 4, .hidden = 8}, Random(2));
  const Linear<> output({.inputs = 8, .outputs = 9}, Random(3));
  const auto text = write(embedding, cell, output, 0);
  CHECK(text.size() == 100);
  CHECK(write(embedding, cell, output, 0) == text);
  for (const int token : {1, 4, 8}) CHECK(std::find(text.begin(), text.end(), token) != text.end());
}
