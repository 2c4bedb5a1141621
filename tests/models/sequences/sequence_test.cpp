#include "support/messages.hpp"
#include "support/sequences.hpp"
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/models/sequences/sequence.hpp>
#include <unroll/models/sequences/stack.hpp>

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {

const std::vector<std::size_t> ragged{2, 0, 4, 1, 4};

/// Without recurrence, what is dropped can be seen.
struct Identity {
  using State = HiddenState<double>;
  std::size_t hidden_size() const { return 3; }
  State step(Variable<double> input, const State&) const { return {input * 1.0}; }
  static void members(auto&, auto&&) {}
};

Tensor<double> outputs_of(const auto& layer, Variable<double> x, const Noise& noise, Lengths lengths) {
  const auto state = initial_state(layer, x.tape(), x.shape()[1]);
  return Tensor<double>(unroll::run(layer, x, {.state = state, .noise = noise, .lengths = lengths}).outputs.value());
}

}  // namespace

TEMPLATE_TEST_CASE("a batch equals each of its sequences alone, in values and every gradient, in any order",
                   "[sequence]", RnnCell<double>, LstmCell<double>, GruCell<double>) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    const std::size_t layers = 1 + seed % 3, steps = 1 + Random(seed).bits(100) % 7, batch = seed % 5 == 4 ? 1 : 8;
    const auto sequences = RaggedBatch::draw(seed, steps, batch, 3);
    const typename TestType::Options options{.inputs = 3, .hidden = 4};
    if (seed % 2 == 0)
      expect_batch_equals_sequences(Layers<TestType>(layers, options, Random(seed)), sequences);
    else
      expect_batch_equals_sequences(Layers<Bidirectional<TestType>>(layers, options, Random(seed)), sequences);
  }
}

TEST_CASE("a sequence of no steps keeps its first state, gives zeros, and hands the state's gradient on",
          "[sequence]") {
  const LstmCell<double> cell({.inputs = 3, .hidden = 2}, Random(1));
  Tape<double> tape;
  const auto h = tape.input(normal<double>(Random(2), {5, 2})), c = tape.input(normal<double>(Random(3), {5, 2}));
  const auto x = tape.input(normal<double>(Random(4), {4, 5, 3}));
  const auto [outputs, state] = unroll::run(cell, x, {.state = {{h, c}}, .lengths = ragged});
  for (std::size_t i = 2; i < 4; ++i) {
    CHECK(state.hidden.value()[i] == h.value()[i]);
    CHECK(state.cell.value()[i] == c.value()[i]);
    for (std::size_t t = 0; t < 4; ++t) CHECK(outputs.value()[t * 10 + i] == 0);
  }
  tape.backward(sum(state.hidden) + sum(square(outputs)));
  CHECK(h.gradient()[2] == 1);
  CHECK(c.gradient()[2] == 0);
}

TEST_CASE("full lengths give what no lengths give, bit for bit", "[sequence]") {
  const Layers<Bidirectional<GruCell<double>>> layers(2, {.inputs = 3, .hidden = 4}, Random(1), 0.3);
  const auto numbers = normal<double>(Random(2), {4, 5, 3});
  const std::vector<std::size_t> full(5, 4);
  Tape<double> tape, other;
  CHECK(outputs_of(layers, tape.constant(numbers), Random(3), full)
        == Tensor<double>(
            unroll::run(layers, other.constant(numbers), {.state = initial_state(layers, other, 5), .noise = Random(3)})
                .outputs.value()));
}

TEST_CASE("what is dropped between layers is what is dropped without lengths", "[sequence]") {
  const Layers<Identity> layers(std::vector<Identity>(3), 0.5);
  Tape<double> tape;
  const auto x = tape.constant(normal<double>(Random(2), {4, 5, 3}));
  const auto with = outputs_of(layers, x, Random(3), ragged), without = outputs_of(layers, x, Random(3), {});
  std::size_t zeros = 0;
  for (std::size_t i = 0; i < with.size(); ++i) {
    const bool exists = i / 15 < ragged[i % 15 / 3];
    CHECK(with[i] == (exists ? without[i] : 0));
    zeros += exists && with[i] == 0;
  }
  CHECK(zeros > 10);
}

TEMPLATE_TEST_CASE("ragged sequences in both directions, dropout: gradients agree with central differences",
                   "[sequence][gradient]", RnnCell<double>, LstmCell<double>, GruCell<double>) {
  Layers<Bidirectional<TestType>> layers(2, {.inputs = 2, .hidden = 2}, Random(1), 0.3);
  const auto report = check_gradients(
      [&](Tape<double>& tape, auto in) {
        auto state = initial_state(layers, tape, 5);
        std::size_t next = 0;
        for_each_variable(state, [&](auto& variable) { variable = slice(in[1], -1, 2 * next++, 2); });
        const auto unrolled = unroll::run(layers, in[0], {.state = state, .noise = Random(9), .lengths = ragged});
        std::vector<Variable<double>> found{unrolled.outputs};
        for_each_variable(unrolled.state, [&](const auto& variable) { found.push_back(variable); });
        return found;
      },
      {normal<double>(Random(2), {4, 5, 2}), normal<double>(Random(3), {5, 16})}, parameters_of<double>(layers));
  INFO(report);
  CHECK(report.passed());
}

TEMPLATE_TEST_CASE("picked rows go the same way as the numbers they stand for", "[sequence]", LstmCell<double>,
                   GruCell<double>) {
  const Parameter<double> table(normal<double>(Random(2), {4, 3}));
  Tensor<int> tokens({4, 5});
  for (std::size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<int>(Random(7).bits(i) % 4);
  const Layers<Bidirectional<TestType>> layers(2, {.inputs = 3, .hidden = 4}, Random(1));
  Tape<double> tape;
  const auto picked = outputs_of(layers, rows(tape, table, tokens), {}, ragged);
  const auto copied = outputs_of(layers, tape.constant(Tensor<double>(rows(tape, table, tokens).value())), {}, ragged);
  for (std::size_t i = 0; i < picked.size(); ++i) CHECK(picked[i] == Approx(copied[i]).epsilon(1e-12).margin(1e-13));
}

TEMPLATE_TEST_CASE("sequences that have all ended give zeros, and hand their state on with its gradient", "[sequence]",
                   LstmCell<double>, Bidirectional<GruCell<double>>, Layers<RnnCell<double>>) {
  const auto layer = [] {
    if constexpr (std::is_same_v<TestType, Layers<RnnCell<double>>>)
      return TestType(2, {.inputs = 3, .hidden = 4}, Random(1));
    else
      return TestType({.inputs = 3, .hidden = 4}, Random(1));
  }();
  const std::vector<std::size_t> ended{0, 0};
  Tape<double> tape;
  auto first = initial_state(layer, tape, 2);
  std::uint64_t next = 0;
  for_each_variable(first, [&](auto& variable) { variable = tape.input(normal<double>(Random(next++), {2, 4})); });
  const auto x = tape.constant(normal<double>(Random(5), {3, 2, 3}));
  const auto [outputs, last] = unroll::run(layer, x, {.state = first, .noise = Random(6), .lengths = ended});
  CHECK(outputs.shape() == Shape{3, 2, layer.hidden_size()});
  CHECK(std::ranges::all_of(outputs.value(), [](double number) { return number == 0; }));
  Variable<double> loss = sum(outputs);
  for_each_variable(last, [&](const auto& variable) { loss = loss + sum(square(variable)); });
  tape.backward(loss);
  for_each_variable(first, [&](const auto& variable) {
    for (std::size_t i = 0; i < 8; ++i) CHECK(variable.gradient()[i] == 2 * variable.value()[i]);
  });
}

TEST_CASE("lengths that do not fit are named", "[sequence][error]") {
  const GruCell<> cell({.inputs = 3, .hidden = 4}, Random(1));
  Tape tape;
  const auto x = tape.zeros({5, 2, 3});
  const auto message = [&](const std::vector<std::size_t>& lengths) {
    return message_of<Error>([&] { unroll::run(cell, x, {.lengths = lengths}); });
  };
  CHECK_THAT(message({5}), Contains("run: 1 length given for the N=2 sequences of [T=5, N=2, 3]"));
  CHECK_THAT(message({5, 6}), Contains("run: sequence 1 has a length of 6, but there are T=5 steps"));
  const std::vector<std::size_t> lengths{1, 2};
  CHECK_THROWS_WITH(unroll::run(cell, x, {.state = initial_state(cell, tape, 3), .lengths = lengths}),
                    Contains("state [N=3, H=4]") && Contains("another batch"));
  CHECK_THROWS_WITH(unroll::run(cell, tape.zeros({5, 3}), {.lengths = lengths}), Contains("[T, N, D]"));
}

TEST_CASE("a state of another depth is refused whatever the lengths are", "[sequence][error]") {
  const GruOptions options{.inputs = 3, .hidden = 4};
  const Layers<GruCell<>> one(1, options, Random(1)), two(2, options, Random(1));
  Tape tape;
  const auto x = tape.zeros({5, 2, 3});
  const std::vector<std::size_t> ragged_lengths{1, 5}, ended{0, 0};
  for (const auto& lengths : {ragged_lengths, ended}) {
    CHECK_THROWS_WITH(unroll::run(two, x, {.state = initial_state(one, tape, 2), .lengths = lengths}),
                      Contains("run: the state given has 1 tensor, this model's has 2"));
    CHECK_THROWS_WITH(unroll::run(one, x, {.state = initial_state(two, tape, 2), .lengths = lengths}),
                      Contains("run: the state given has 2 tensors, this model's has 1"));
  }
}

TEST_CASE("checkpoints for what cannot be run by segments are refused", "[checkpoints][error]") {
  const GruCell<> cell({.inputs = 3, .hidden = 4}, Random(1));
  const Reversed<GruCell<>> reversed({.inputs = 3, .hidden = 4}, Random(1));
  Tape tape;
  const auto x = tape.zeros({5, 2, 3});
  const std::vector<std::size_t> lengths{1, 2}, whole{5, 5};
  CHECK_THROWS_WITH(unroll::run(cell, x, {.lengths = lengths, .checkpoints = Checkpoints()}),
                    Contains("run: checkpoints given for sequences of different lengths"));
  CHECK_NOTHROW(unroll::run(cell, x, {.lengths = whole, .checkpoints = Checkpoints()}));
  CHECK_THROWS_WITH(unroll::run(reversed, x, {.checkpoints = Checkpoints()}),
                    Contains("run: checkpoints given for a layer that goes backward in time"));
  const Stack within(cell, Layers<Bidirectional<GruCell<>>>(2, {.inputs = 4, .hidden = 2}, Random(1)));
  CHECK_THROWS_WITH(unroll::run(within, x, {.checkpoints = Checkpoints()}),
                    Contains("run: checkpoints given for a layer that goes backward in time"));
}

TEST_CASE("a Sequence keeps its lengths when those that it was made of have gone", "[sequence]") {
  Tape<double> tape;
  const auto x = tape.constant(Tensor<double>({3, 2, 1}, {1, 10, 2, 20, 3, 30}));
  std::vector<std::size_t> lengths{1, 3};
  const Sequence pooled{x, std::vector<std::size_t>{1, 3}}, changed{x, lengths};
  lengths = {0, 0};
  for (const Sequence<double>& sequence : {pooled, changed})
    CHECK(Tensor<double>(mean_over_time(sequence).value()) == Tensor<double>({2, 1}, {1, 20}));
}
