#include "support/catch.hpp"
#include "support/models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/threads/team.hpp>
#include <unroll/models.hpp>

#include <string>
#include <vector>

// One const model, several threads, a tape each: what is shared is only read. Run under the thread sanitizer, too.
using namespace unroll;

namespace {

constexpr std::size_t threads = 4;

struct Tagger {
  Embedding<> embedding{{.tokens = 5, .width = 6}, Random(1)};
  Layers<LstmCell<>> layers{2, {.inputs = 6, .hidden = 8}, Random(2), 0.25};
  Linear<> output{{.inputs = 8, .outputs = 5}, Random(3)};

  Variable<> operator()(Tape<>& tape, const Tensor<int>& tokens, const Noise& noise) const {
    const auto inputs = embedding(tape, tokens);
    return output(unroll::run(layers, inputs, {.state = initial_state(layers, tape, 1), .noise = noise}).outputs);
  }
  static void members(auto& self, auto&& visit) {
    visit("embedding", self.embedding), visit("layers", self.layers), visit("output", self.output);
  }
};

/// [T, N=1]
Tensor<int> tokens_of(std::size_t member) {
  Tensor<int> tokens({20, 1});
  for (std::size_t t = 0; t < tokens.size(); ++t) tokens[t] = static_cast<int>((t * (member + 2) + member) % 5);
  return tokens;
}

/// The gradients of one thread's loss, one parameter after the other.
std::vector<float> gradients_of_shard(const Tagger& model, Tape<>& tape, std::size_t member) {
  tape.clear();
  const auto tokens = tokens_of(member);
  tape.backward(cross_entropy(model(tape, tokens, Random(member)), tokens));
  std::vector<float> result;
  for_each_parameter(model, [&](const std::string&, const Parameter<>& parameter) {
    const float* const gradient = tape.gradient_of(parameter);
    if (gradient == nullptr) throw Error("a parameter got no gradient");  // Catch's own checks are for one thread
    result.insert(result.end(), gradient, gradient + parameter.value().size());
  });
  return result;
}

}  // namespace

TEST_CASE("a const model that several threads train on finds the bits of one thread", "[threads]") {
  const Tagger model;
  std::vector<std::vector<float>> alone(threads), together(threads);
  for (std::size_t member = 0; member < threads; ++member) {
    Tape<> tape;
    alone[member] = gradients_of_shard(model, tape, member);
  }
  Team team(threads);
  std::vector<Tape<>> tapes(threads);
  for (int turn = 0; turn < 3; ++turn) {
    team.run([&](std::size_t member) { together[member] = gradients_of_shard(model, tapes[member], member); });
    CHECK(together == alone);
  }
}

TEST_CASE("a const model that several threads infer with finds the bits of one thread", "[threads]") {
  const Tagger model;
  const auto infer = [&](std::size_t member) {
    Tape<> tape(Recording::values);
    Tensor<> result;
    for (int turn = 0; turn < 3; ++turn) {
      tape.clear();
      result = Tensor<>(model(tape, tokens_of(member), {}).value());
    }
    return result;
  };
  std::vector<Tensor<>> alone(threads), together(threads);
  for (std::size_t member = 0; member < threads; ++member) alone[member] = infer(member);
  Team team(threads);
  team.run([&](std::size_t member) { together[member] = infer(member); });
  CHECK(together == alone);
}
