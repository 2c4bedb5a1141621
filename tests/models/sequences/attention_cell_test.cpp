#include "support/messages.hpp"
#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/bidirectional.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/models/sequences/sequence.hpp>
#include <unroll/ops/activations.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/reduction.hpp>
#include <unroll/ops/softmax.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

/// h' = tanh(x + h / 2 + what of the sequence's own memory answers h).
struct Attending {
  using State = HiddenState<double>;
  Variable<double> memory;  // [N, S, H]
  bool takes_rows = true;

  std::size_t hidden_size() const { return memory.shape().back(); }
  State step(Variable<double> x, const State& previous, const StepContext& context) const {
    const auto keys = takes_rows ? context.rows_of(memory) : memory;
    const Shape shape = keys.shape();
    const auto query = broadcast(reshape(previous.hidden, {previous.hidden.shape()[0], 1, shape[2]}), shape);
    const auto weights = softmax(sum(keys * query, -1));
    const auto seen = sum(keys * broadcast(reshape(weights, {shape[0], shape[1], 1}), shape), 1);
    return {tanh(x + previous.hidden * 0.5 + seen)};
  }
  static void members(auto&, auto&&) {}
};

const std::vector<std::size_t> own_lengths{2, 4, 0, 3};
const Tensor<double> some_inputs = normal<double>(Random(1), {4, 4, 3}),
                     some_memory = normal<double>(Random(2), {4, 5, 3});

/// Numbers [..., n, ...] of one sequence.
Tensor<double> inputs_of(std::size_t n) {
  Tensor<double> part({own_lengths[n], 1, 3});
  for (std::size_t t = 0; t < own_lengths[n]; ++t)
    std::copy_n(some_inputs.data() + (t * 4 + n) * 3, 3, part.data() + t * 3);
  return part;
}
Tensor<double> memory_of(std::size_t n) {
  Tensor<double> part({1, 5, 3});
  std::copy_n(some_memory.data() + n * 15, 15, part.data());
  return part;
}

/// Whether `part` is what stands in `whole` from `first` on, in runs of so many
/// numbers that are so far apart.
bool stands_in(TensorView<const double> whole, TensorView<const double> part, std::size_t first, std::size_t run,
               std::size_t apart) {
  for (std::size_t i = 0; i < part.size(); ++i)
    if (!near(whole[first + i / run * apart + i % run], part[i], 64)) return false;
  return true;
}

template <class Layer>
void expect_each_as_alone(const auto& make) {
  Tape<double> tape(Recording::gradients), values(Recording::values);
  const auto inputs = tape.input(some_inputs), memory = tape.input(some_memory);
  const auto together = unroll::run(Layer(make(memory)), inputs, {.lengths = Lengths(own_lengths)});
  const auto forward_only = unroll::run(Layer(make(values.constant(some_memory))), values.constant(some_inputs),
                                        {.lengths = Lengths(own_lengths)});
  CHECK(numbers_of(forward_only.outputs) == numbers_of(together.outputs));
  const Tensor<double> outputs(together.outputs.value()), last(together.state.hidden.value());
  tape.backward(sum(square(together.outputs)));
  for (std::size_t n = 0; n < own_lengths.size(); ++n) {
    CAPTURE(n);
    if (own_lengths[n] == 0) continue;
    Tape<double> own;
    const auto own_inputs = own.input(inputs_of(n)), own_memory = own.input(memory_of(n));
    const auto alone = unroll::run(Layer(make(own_memory)), own_inputs);
    CHECK(stands_in(outputs, alone.outputs.value(), n * 3, 3, 12));
    CHECK(stands_in(last, alone.state.hidden.value(), n * 3, 3, 3));
    own.backward(sum(square(alone.outputs)));
    CHECK(stands_in(inputs.gradient(), own_inputs.gradient(), n * 3, 3, 12));
    CHECK(stands_in(memory.gradient(), own_memory.gradient(), n * 15, 15, 15));
  }
}

Attending attending(Variable<double> memory) { return {memory}; }

}  // namespace

TEST_CASE(
    "a cell that attends to a memory of the batch gives each sequence of "
    "its own length what it gives it alone",
    "[attention][sequence]") {
  expect_each_as_alone<Attending>(attending);
  expect_each_as_alone<Reversed<Attending>>([](auto memory) { return Reversed<Attending>(attending(memory)); });
}

TEST_CASE(
    "the gradient of a memory that a step over sequences of several "
    "own_lengths reads is right",
    "[attention][sequence]") {
  expect_gradients(
      [](auto&, auto in) { return unroll::run(attending(in[1]), in[0], {.lengths = Lengths(own_lengths)}).outputs; },
      {some_inputs, some_memory});
}

TEST_CASE(
    "a step that reads a memory of the whole batch is told how many "
    "sequences it was given",
    "[attention][sequence][error]") {
  for (const Recording recording : {Recording::gradients, Recording::values}) {
    Tape<double> tape(recording);
    const Attending all{tape.constant(some_memory), false};
    const std::string message = message_of<ShapeError>(
        [&] { unroll::run(all, tape.constant(some_inputs), {.lengths = Lengths(own_lengths)}); });
    CHECK_THAT(message, Contains("broadcast: [3, 1, 3] does not fill [4, 5, 3]"));
    CHECK_THAT(message,
               Contains("this step was given only 3 of the 4 sequences") && Contains("context.rows_of(memory)"));
    CHECK_NOTHROW(unroll::run(all, tape.constant(some_inputs)));
  }
}

TEST_CASE(
    "a memory that has no row for each sequence is refused, and the "
    "first rows of one are not copied",
    "[attention][step_context][error]") {
  Tape<double> tape;
  const auto memory = tape.input(some_memory);
  const std::vector<int> first_two{0, 1};
  CHECK(StepContext().rows_of(memory).is(memory));
  CHECK(StepContext{{}, 0, first_two, 4}.rows_of(memory).value().data() == memory.value().data());
  CHECK_THROWS_WITH((StepContext{{}, 0, first_two, 5}.rows_of(memory)),
                    Contains("the memory has shape [4, 5, 3], expected [N=5, ...]"));
}
