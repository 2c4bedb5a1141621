#include "allocation/allocations.hpp"
#include "support/catch.hpp"
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/framework/optimizers/gradient_clipping.hpp>
#include <unroll/framework/threads/gradient_sum.hpp>
#include <unroll/framework/threads/team.hpp>
#include <unroll/models.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/cross_entropy.hpp>
#include <unroll/ops/product.hpp>

// operator new, malloc and posix_memalign are counted (allocations.cpp), those of the matrix library
// included. OpenBLAS takes its work space when it is loaded and at its first product: none is seen in a warm step.
using namespace unroll;

namespace {

template <class Cell>
struct Tagger {
  Embedding<> embedding{{.tokens = 20, .width = 24}, Random(1)};
  Layers<Cell> layers{2, {.inputs = 24, .hidden = 32}, Random(2), 0.2};
  Linear<> output{{.inputs = 32, .outputs = 20}, Random(3)};
  static void members(auto& self, auto&& visit) {
    visit("embedding", self.embedding);
    visit("layers", self.layers);
    visit("output", self.output);
  }
};

struct Encoder {
  Embedding<> embedding{{.tokens = 20, .width = 24}, Random(1)};
  Layers<Bidirectional<LstmCell<>>> layers{2, {.inputs = 24, .hidden = 16}, Random(2), 0.2};
  AttentionPooling<> pool{{.inputs = 32, .hidden = 8}, Random(3)};
  Linear<> output{{.inputs = 32, .outputs = 20}, Random(4)};
  static void members(auto& self, auto&& visit) {
    visit("embedding", self.embedding), visit("layers", self.layers);
    visit("pool", self.pool), visit("output", self.output);
  }
};

Tensor<int> tokens(std::uint64_t seed, const Shape& shape = {12, 4}) {
  Tensor<int> result(shape);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<int>(Random(seed).bits(i) % 20);
  return result;
}

}  // namespace

TEST_CASE("the counter sees every way to the heap", "[allocation]") {
  const auto count = [](auto&& work) {
    const AllocationCount before;
    work();
    return before.since();
  };
  CHECK(count([] {}) == 0);
  CHECK(count([] { ::operator delete(::operator new(8)); }) > 0);
  CHECK(count([] { ::operator delete (::operator new (64, std::align_val_t{64}), std::align_val_t{64}); }) > 0);
  CHECK(count([] { std::free(allocate_with_malloc(8)); }) > 0);
  CHECK(count([] { std::free(allocate_with_posix_memalign(64)); }) > 0);
}

TEMPLATE_TEST_CASE("from the third step on, a training step touches the heap no more", "[allocation]", RnnCell<>,
                   LstmCell<>, GruCell<>, PeepholeLstmCell<>, MinGruCell<>, MinLstmCell<>, SLstmCell<>, MLstmCell<>,
                   LruCell<>, Zoneout<VariationalDropout<LayerNormalized<LstmCell<>>>>) {
  set_product_threads(1);
  Tagger<TestType> model;
  const auto parameters = parameters_of(model);
  Adam<> adam({.learning_rate = 1e-3});
  Tape tape;
  CarriedState memory;
  const Tensor<int> inputs = tokens(4), targets = tokens(5);
  Tensor<int> starts(inputs.shape());
  for (std::size_t i = 0; i < starts.size(); ++i) starts[i] = inputs[i] < 4 ? 1 : 0;
  const bool with_starts = GENERATE(false, true);
  for (std::uint64_t step = 0; step < 8; ++step) {
    const AllocationCount before;
    tape.clear();
    const auto state = memory.resume(model.layers, tape, 4);
    RunOptions<typename Layers<TestType>::State> options{.state = state, .noise = Random(6).split(step)};
    if (with_starts) options.starts = starts;
    const auto unrolled = unroll::run(model.layers, model.embedding(tape, inputs), options);
    const auto loss = cross_entropy(model.output(unrolled.outputs), targets);
    backward(loss, parameters);
    static_cast<void>(clip_gradient_norm(parameters, 1.0));
    adam.update(parameters);
    memory.keep(unrolled.state);
    const std::size_t allocations = before.since();
    INFO("step " << step << ", beside " << before.by_matrix_library() << " by the matrix library");
    if (step >= 2) CHECK(allocations == 0);
  }
}

TEST_CASE("nor does a step over sequences with lengths, in both directions", "[allocation]") {
  set_product_threads(1);
  Encoder model;
  const Recording recording = GENERATE(Recording::gradients, Recording::values);
  const auto parameters = parameters_of(model);
  Adam<> adam({.learning_rate = 1e-3});
  Tape tape(recording);
  const Tensor<int> inputs = tokens(4), targets = tokens(5);
  const std::vector<std::size_t> lengths{3, 12, 0, 7};
  for (std::uint64_t step = 0; step < 8; ++step) {
    const AllocationCount before;
    tape.clear();
    const auto embedded = model.embedding(tape, inputs);
    const auto state = initial_state(model.layers, tape, 4);
    const auto outputs =
        unroll::run(model.layers, embedded, {.state = state, .noise = Random(6).split(step), .lengths = lengths})
            .outputs;
    const auto loss = cross_entropy(model.output(outputs), targets, {.lengths = lengths})
                      + mean(model.pool(Sequence{outputs, lengths})) + mean(max_over_time(outputs, lengths));
    if (recording == Recording::gradients) {
      backward(loss, parameters);
      adam.update(parameters);
    }
    const std::size_t allocations = before.since();
    if (step >= 2) CHECK(allocations == 0);
  }
}

TEST_CASE("nor does a step with checkpoints", "[allocation]") {
  set_product_threads(1);
  const auto checkpoints =
      GENERATE(Checkpoints{.steps = 5}, Checkpoints{.schedule = Checkpoints::binomial, .states = 3});
  Tagger<LstmCell<>> model;
  const auto parameters = parameters_of(model);
  Adam<> adam({.learning_rate = 1e-3});
  Tape tape;
  const Tensor<int> inputs = tokens(4), targets = tokens(5);
  for (std::uint64_t step = 0; step < 8; ++step) {
    const AllocationCount before;
    tape.clear();
    const auto state = initial_state(model.layers, tape, 4);
    const auto unrolled = unroll::run(model.layers, model.embedding(tape, inputs),
                                      {.state = state, .noise = Random(6).split(step), .checkpoints = checkpoints});
    backward(cross_entropy(model.output(unrolled.outputs), targets), parameters);
    adam.update(parameters);
    const std::size_t allocations = before.since();
    if (step >= 2) CHECK(allocations == 0);
  }
}

TEST_CASE("nor does a window of truncated backpropagation", "[allocation]") {
  set_product_threads(1);
  const Truncation truncation = GENERATE(Truncation{4, 4}, Truncation{4, 12}, Truncation{4, 6}, Truncation{8, 4});
  CAPTURE(truncation.k1, truncation.k2);
  Tagger<LstmCell<>> model;
  const auto parameters = parameters_of(model);
  Adam<> adam({.learning_rate = 1e-3});
  TruncatedBackpropagation<> truncated(truncation);
  const Shape shape{truncated.chunk(), 4};
  const Tensor<int> inputs = tokens(4, shape), targets = tokens(5, shape);
  for (int step = 0; step < 60; ++step) {
    const AllocationCount before;
    static_cast<void>(truncated.record(model.layers, 4, shape[0], [&](Tape<>& tape, const auto& state) {
      const auto [outputs, next] = unroll::run(model.layers, model.embedding(tape, inputs),
                                               {.state = state, .noise = Random(6), .first_step = truncated.steps()});
      return std::pair{cross_entropy(model.output(outputs), targets), next};
    }));
    if (step % 15 == 14) truncated.end_sequence();
    if (truncated.due()) {
      truncated.backward(parameters);
      adam.update(parameters);
    }
    const std::size_t allocations = before.since();
    if (step >= 30) CHECK(allocations == 0);
  }
}

TEST_CASE("nor does a step that two threads share", "[allocation]") {
  set_product_threads(1);
  Tagger<LstmCell<>> model;
  model.embedding = Embedding<>({.tokens = 4000, .width = 24}, Random(1));  // enough to wake the second for the update
  const auto parameters = parameters_of(model);
  Adam<> adam({.learning_rate = 1e-3});
  Team team(2);
  std::array<Tape<>, 2> tapes;
  const Tensor<int> inputs = tokens(4), targets = tokens(5);
  for (int step = 0; step < 8; ++step) {
    const AllocationCount before;
    team.run([&](std::size_t member) {
      Tape<>& tape = tapes[member];
      tape.clear();
      const auto unrolled = unroll::run(model.layers, model.embedding(tape, inputs));
      tape.backward(cross_entropy(model.output(unrolled.outputs), targets));
    });
    add_gradients(tapes, parameters, team);
    static_cast<void>(clip_gradient_norm(parameters, 1.0, team));
    adam.update(parameters, team);
    const std::size_t allocations = before.since();
    if (step >= 2) CHECK(allocations == 0);
  }
}

TEST_CASE("nor does a step of inference", "[allocation]") {
  const Tagger<GruCell<>> model;
  Tape tape(Recording::values);
  CarriedState memory;
  const Tensor<int> one({1, 1}, {3});
  for (int step = 0; step < 8; ++step) {
    const AllocationCount before;
    tape.clear();
    const auto unrolled =
        unroll::run(model.layers, model.embedding(tape, one), {.state = memory.resume(model.layers, tape, 1)});
    static_cast<void>(softmax(model.output(unrolled.outputs)).value());
    memory.keep(unrolled.state);
    if (step >= 2) CHECK(before.since() == 0);
  }
}

TEMPLATE_TEST_CASE("nor does one at batch 1, with fewer or more tokens than the embedding has", "[allocation]",
                   LstmCell<>, GruCell<>) {
  set_product_threads(1);
  const std::size_t steps = GENERATE(1u, 12u, 40u), block = GENERATE(8u, 512u);
  Tagger<TestType> model;
  const auto parameters = parameters_of(model);
  Adam<> adam({.learning_rate = 1e-3});
  Tape tape;
  tape.set_gathered_rows(block);
  const Tensor<int> inputs = tokens(4, {steps, 1}), targets = tokens(5, {steps, 1});
  for (int step = 0; step < 6; ++step) {
    const AllocationCount before;
    tape.clear();
    const auto unrolled = unroll::run(model.layers, model.embedding(tape, inputs));
    backward(cross_entropy(model.output(unrolled.outputs), targets), parameters);
    adam.update(parameters);
    if (step >= 2) CHECK(before.since() == 0);
  }
}

TEMPLATE_TEST_CASE("nor does inference over sequences", "[allocation]", RnnCell<>, LstmCell<>, GruCell<>) {
  set_product_threads(1);
  const Tagger<TestType> model;
  Tape tape(Recording::values);
  CarriedState memory;
  const Tensor<int> inputs = tokens(4, {12, GENERATE(1u, 4u)});
  for (int pass = 0; pass < 8; ++pass) {
    const AllocationCount before;
    tape.clear();
    const auto state = memory.resume(model.layers, tape, inputs.shape()[1]);
    const auto unrolled = unroll::run(model.layers, model.embedding(tape, inputs), {.state = state});
    static_cast<void>(softmax(model.output(unrolled.outputs)).value());
    memory.keep(unrolled.state);
    if (pass >= 2) CHECK(before.since() == 0);
  }
}

TEST_CASE("nor does inference between updates, whose outdated weights make room for new ones", "[allocation]") {
  set_product_threads(1);
  Tagger<GruCell<>> model;
  const auto parameters = parameters_of(model);
  Tape tape(Recording::values);
  const Tensor<int> inputs = tokens(4);
  for (int pass = 0; pass < 12; ++pass) {
    for (const auto& [name, parameter] : parameters) parameter->mutable_value()[0] += 0.01f;
    const AllocationCount before;
    for (int batch = 0; batch < 3; ++batch) {
      tape.clear();
      static_cast<void>(model.output(unroll::run(model.layers, model.embedding(tape, inputs)).outputs).value());
    }
    if (pass >= 4) CHECK(before.since() == 0);
  }
}

TEMPLATE_TEST_CASE("nor does a step of real-time recurrent learning, exact or approximated", "[allocation]", LstmCell<>,
                   GruCell<>) {
  set_product_threads(1);
  const auto approximation = GENERATE(RtrlApproximation::none, RtrlApproximation::snap_1);
  TestType cell({.inputs = 6, .hidden = 12}, Random(1));
  Linear<> output({.inputs = 12, .outputs = 4}, Random(2));
  Parameters<> parameters(cell);
  const Parameters<> others(output);
  parameters.add(output);
  Adam<> adam({.learning_rate = 1e-3});
  Rtrl learner(cell, {.approximation = approximation});
  const Tensor<> input = normal(Random(3), {1, 6});
  const Tensor<int> target({1}, {3});
  for (int step = 0; step < 8; ++step) {
    const AllocationCount before;
    learner.step(
        input, [&](Variable<> hidden) { return cross_entropy(output(hidden), target); }, others);
    adam.update(parameters);
    const std::size_t allocations = before.since();
    INFO("step " << step);
    if (step >= 3) CHECK(allocations == 0);
  }
}

TEST_CASE("nor does drawing a token after the first one", "[allocation]") {
  const Tensor<> logits = normal(Random(1), {1000});
  CategoricalSampler sampler({.top_k = GENERATE(0u, 40u), .top_p = 0.9}, Random(2));
  for (std::uint64_t position = 0; position < 4; ++position) {
    const AllocationCount before;
    static_cast<void>(sampler.draw(logits.values(), position));
    if (position >= 1) CHECK(before.since() == 0);
  }
}
