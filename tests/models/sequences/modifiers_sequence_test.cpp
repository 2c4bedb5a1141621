#include "support/messages.hpp"
#include "support/sequences.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/modifiers/modifiers.hpp>
#include <unroll/models/sequences/run.hpp>

// Modifiers over sequences with lengths, which are run as ragged rows.
using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {

/// Without recurrence, what is dropped can be seen.
struct Identity {
  using State = HiddenState<double>;
  std::size_t hidden_size() const { return 3; }
  State step(Variable<double> input, const State&) const { return {input * 1.0}; }
  static void members(auto&, auto&&) {}
};

const std::vector<std::size_t> ragged{2, 0, 4, 1, 4};

Tensor<double> outputs_of(const auto& layer, Lengths lengths, const Noise& noise = {}) {
  Tape<double> tape;
  const auto x = tape.constant(normal<double>(Random(2), {4, 5, 3}));
  return Tensor<double>(
      unroll::run(layer, x, {.state = initial_state(layer, tape, 5), .noise = noise, .lengths = lengths})
          .outputs.value());
}

}  // namespace

TEMPLATE_TEST_CASE("a batch equals each of its sequences alone, whatever modifies the cell", "[sequence][modifiers]",
                   Residual<LstmCell<double>>, LayerNormalized<GruCell<double>>, Zoneout<LstmCell<double>>,
                   Residual<StateClipped<VariationalDropout<RnnCell<double>>>>) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    const auto sequences = RaggedBatch::draw(seed, 1 + Random(seed).bits(100) % 7, 6, 3);
    const typename TestType::Options options{.inputs = 3, .hidden = 3};
    if (seed % 2 == 0)
      expect_batch_equals_sequences(Layers<TestType>(2, options, Random(seed)), sequences);
    else
      expect_batch_equals_sequences(Bidirectional<TestType>(options, Random(seed)), sequences);
  }
}

TEST_CASE("a sequence with a length loses the inputs that it loses without, at every step", "[sequence][modifiers]") {
  const VariationalDropout<Identity> cell(Identity(), {.inputs = 0.5, .hidden = 0});
  const auto with = outputs_of(cell, ragged, Random(3)), without = outputs_of(cell, {}, Random(3));
  std::size_t zeros = 0;
  for (std::size_t i = 0; i < with.size(); ++i) {
    const bool exists = i / 15 < ragged[i % 15 / 3];
    CHECK(with[i] == (exists ? without[i] : 0));
    zeros += exists && with[i] == 0;
  }
  CHECK(zeros > 5);
}

TEST_CASE("a shortcut that does not fit is told with the shape of the sequences, not of ragged rows",
          "[sequence][modifiers][error]") {
  const LstmOptions options{.inputs = 3, .hidden = 4};
  CHECK_THAT(message_of<ShapeError>([&] { outputs_of(Residual<LstmCell<double>>(options, Random(1)), ragged); }),
             Contains("the inputs [T=4, N=5, D=3] cannot be added to the hidden states [T=4, N=5, H=4]"));
}
