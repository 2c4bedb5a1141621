#include "support/truncated.hpp"

#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/threads/gradient_sum.hpp>
#include <unroll/framework/threads/team.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops.hpp>

#include <array>

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

namespace {

using Lstm = LstmCell<double>;
using Truncated = TruncatedBackpropagation<double>;

constexpr auto nothing = [](const auto&...) {};

void record(Truncated& truncated, const Tagger<Lstm>& model, std::size_t steps) {
  const std::size_t first = truncated.steps();
  truncated.record(model.layers, streams, steps, [&](Tape<double>& tape, const auto& state) {
    return model(tape, tokens_at(first, steps), tokens_at(first, steps, 1), state);
  });
}

void update(const Parameters<double>& parameters) {
  for (const auto& [name, parameter] : parameters)
    for (std::size_t i = 0; i < parameter->value().size(); ++i)
      parameter->mutable_value()[i] -= 0.1 * parameter->gradient()[i];
}

/// h' = h + w x, from h = w.
struct Accumulator {
  using State = HiddenState<double>;
  Parameter<double> weight{Tensor<double>({1, 1}, {3})};
  State initial_state(Tape<double>& tape, std::size_t) const { return {tape.use(weight) * 1.0}; }
  State step(Variable<double> input, const State& state) const { return {state.hidden + input * weight}; }
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};

/// Three sequences with updates, by two threads that share the batch.
std::vector<Gradients> shared_by_two_threads() {
  Tagger<Lstm> model(2);
  const Parameters<double> parameters(model);
  std::array<Truncated, 2> shards{Truncated({2, 6}), Truncated({2, 6})};
  Team team(2);
  std::vector<Gradients> windows;
  for (int chunk = 0; chunk < 12; ++chunk) {
    team.run([&](std::size_t member) {
      record(shards[member], model, 2);
      if (chunk % 4 == 3) shards[member].end_sequence();
      shards[member].sweep(parameters);
    });
    add_gradients(swept_tapes(shards), parameters, team);
    windows.push_back(gradients_of(parameters));
    update(parameters);
    parameters.zero_gradients();
  }
  return windows;
}

}  // namespace

TEST_CASE("a chunk has as many steps as divide k1 and k2", "[truncated]") {
  CHECK(Truncation{16, 64}.chunk() == 16);
  CHECK(Truncation{2, 3}.chunk() == 1);
  CHECK(Truncation{6, 4}.chunk() == 2);
  CHECK(Truncated({12, 8}).chunk() == 4);
}

TEST_CASE("k1 and k2 are at least 1", "[truncated][error]") {
  CHECK_THROWS_AS(Truncated({0, 5}), ArgumentError);
  CHECK_THROWS_WITH(Truncated({0, 5}), Contains("k1 = 0 and k2 = 5 given, expected at least 1 each"));
  CHECK_THROWS_WITH(Truncated({5, 0}), Contains("k1 = 5 and k2 = 0"));
}

TEST_CASE("what is recorded is a chunk, or the shorter end of a sequence", "[truncated][error]") {
  const Tagger<Lstm> model(1);
  Truncated truncated({4, 8});
  CHECK_THROWS_AS(record(truncated, model, 5), ArgumentError);
  CHECK_THROWS_WITH(record(truncated, model, 5),
                    Contains("record: a chunk of 5 steps given, expected 4") && Contains("k1 = 4 and k2 = 8"));
  CHECK_THROWS_WITH(record(truncated, model, 0), Contains("a chunk of 0 steps"));
  record(truncated, model, 3);
  CHECK_THROWS_WITH(record(truncated, model, 4),
                    Contains("4 steps after a chunk of 3") && Contains("end_sequence() forgotten"));
}

TEST_CASE("a sweep comes when it is due, once, and before the next chunk", "[truncated][error]") {
  Tagger<Lstm> model(1);
  const Parameters<double> parameters(model);
  Truncated truncated({4, 2});
  CHECK_THROWS_AS(truncated.backward(parameters), TapeError);
  record(truncated, model, 2);
  CHECK_FALSE(truncated.due());
  CHECK_THROWS_WITH(truncated.backward(parameters), Contains("nothing is due: 2 of k1 = 4 steps"));
  record(truncated, model, 2);
  CHECK(truncated.due());
  CHECK_THROWS_AS(record(truncated, model, 2), TapeError);
  CHECK_THROWS_WITH(record(truncated, model, 2), Contains("record: a sweep is due after 4 steps"));
  truncated.backward(parameters);
  CHECK_FALSE(truncated.due());
  CHECK_THROWS_WITH(truncated.backward(parameters), Contains("nothing is due: 0 of k1 = 4"));
  truncated.end_sequence();
  CHECK_FALSE(truncated.due());  // nothing is left
}

TEST_CASE("a loss is one number", "[truncated][error]") {
  const Tagger<Lstm> model(1);
  Truncated truncated({2, 2});
  const auto work = [&](Tape<double>& tape, const auto& state) {
    const auto unrolled = unroll::run(model.layers, model.embedding(tape, tokens_at(0, 2)), {.state = state});
    return std::pair{unrolled.outputs, unrolled.state};
  };
  CHECK_THROWS_AS(truncated.record(model.layers, streams, 2, work), ShapeError);
  CHECK_THROWS_WITH(truncated.record(model.layers, streams, 2, work), Contains("loss of a chunk has shape [2, 2, 4]"));
}

TEST_CASE("parameters that an update may change must be given", "[truncated][error]") {
  Tagger<Lstm> model(1);
  Truncated truncated({2, 4});
  record(truncated, model, 2);
  CHECK_THROWS_AS(truncated.backward(Parameters<double>(model.layers)), TapeError);
  truncated.reset();
  record(truncated, model, 2);
  CHECK_THROWS_WITH(truncated.backward(Parameters<double>(model.layers)), Contains("there is no copy"));
  model.embedding.weight.frozen = model.output.weight.frozen = model.output.bias.frozen = true;
  truncated.reset();
  record(truncated, model, 2);
  CHECK_NOTHROW(truncated.backward(Parameters<double>(model.layers)));
}

TEST_CASE("an update between two chunks of a window is refused", "[truncated][error]") {
  Tagger<Lstm> model(1);
  const Parameters<double> parameters(model);
  Truncated truncated({4, 2});
  record(truncated, model, 2);
  record(truncated, model, 2);
  model.output.bias.mutable_value()[0] += 1;
  CHECK_THROWS_WITH(truncated.backward(parameters), Contains("has changed since"));
}

TEST_CASE("checkpoints are refused in windows of several chunks, and serve in others", "[truncated][error]") {
  Tagger<Lstm> model(1);
  const Parameters<double> parameters(model);
  const auto run = [&](const Truncation& k) {
    Truncated truncated(k);
    truncated.record(model.layers, streams, k.chunk(), [&](Tape<double>& tape, const auto& state) {
      const auto tokens = tokens_at(0, k.chunk());
      const auto [outputs, next] =
          unroll::run(model.layers, model.embedding(tape, tokens), {.state = state, .checkpoints = Checkpoints{}});
      return std::pair{sum(square(outputs)), next};
    });
    truncated.backward(parameters);
  };
  CHECK_THROWS_WITH(run({20, 40}), Contains("unrolled with checkpoints within a window of truncated"));
  CHECK_NOTHROW(run({20, 20}));
}

TEST_CASE("windows with checkpoints drop what the whole sequence drops", "[truncated]") {
  Layers<Lstm> layers(2, {.inputs = 3, .hidden = 4}, Random(1), 0.5);
  const auto x = normal<double>(Random(2), {30, 2, 3});
  Tape<double> whole;
  const auto expected =
      unroll::run(layers, whole.constant(x), {.state = initial_state(layers, whole, 2), .noise = Random(7)})
          .outputs.value();
  Truncated truncated({10, 10});
  for (std::size_t window = 0; window < 3; ++window) {
    truncated.record(layers, 2, 10, [&](Tape<double>& tape, const auto& state) {
      const auto inputs = tape.constant(TensorView<const double>(x.data() + window * 60, {10, 2, 3}));
      const auto unrolled = unroll::run(layers, inputs,
                                        {.state = state,
                                         .noise = Random(7),
                                         .first_step = truncated.steps(),
                                         .checkpoints = Checkpoints{.steps = 3}});
      for (std::size_t i = 0; i < 80; ++i)
        CHECK(unrolled.outputs.value()[i] == Approx(expected[window * 80 + i]).epsilon(1e-12));
      return std::pair{sum(unrolled.outputs), unrolled.state};
    });
    truncated.backward(Parameters<double>(layers));
  }
}

TEST_CASE("each sequence begins anew, and so does one whose work has thrown", "[truncated]") {
  Tagger<Lstm> model(1);
  Truncated truncated({2, 4});
  std::vector<Gradients> first, second;
  run_truncated(truncated, model, 7, [&](const auto& all, auto) { first.push_back(gradients_of(all)); });
  run_truncated(truncated, model, 7, [&](const auto& all, auto) { second.push_back(gradients_of(all)); });
  CHECK(first == second);
  record(truncated, model, 2);
  truncated.sweep(Parameters<double>(model));
  CHECK_THROWS_AS(
      truncated.record(
          model.layers, streams, 2,
          [&](Tape<double>& tape, const auto& state) -> std::pair<Variable<double>, std::decay_t<decltype(state)>> {
            tape.zeros({1});
            throw Error("no more text");
          }),
      Error);
  CHECK(truncated.steps() == 0);
  second.clear();
  run_truncated(truncated, model, 7, [&](const auto& all, auto) { second.push_back(gradients_of(all)); });
  CHECK(first == second);
}

TEST_CASE("a state of its own kind, and a first state that is learned, are carried too", "[truncated]") {
  Accumulator cell;
  const Parameters<double> parameters(cell);
  Truncated truncated({1, 3});
  std::vector<double> found;
  for (int step = 1; step <= 5; ++step) {
    const double value = truncated.record(cell, 1, 1, [&](Tape<double>& tape, const auto& state) {
      const auto [outputs, next] =
          unroll::run(cell, tape.constant(Tensor<double>({1, 1, 1}, {1.0 * step})), {.state = state});
      return std::pair{sum(outputs), next};
    });
    CHECK(value == 3 * (1 + step * (step + 1) / 2));
    truncated.backward(parameters);
    found.push_back(cell.weight.gradient()[0]);
    parameters.zero_gradients();
  }
  CHECK(found == std::vector<double>{1 + 1, 1 + 1 + 2, 1 + 1 + 2 + 3, 2 + 3 + 4, 3 + 4 + 5});
}

TEST_CASE("memory does not grow with the sequence", "[truncated]") {
  const auto k = GENERATE(Truncation{4, 4}, Truncation{2, 8}, Truncation{2, 3}, Truncation{6, 4});
  Tagger<Lstm> model(2);
  Truncated truncated(k);
  std::size_t windows = 0, after_10 = 0;
  run_truncated(truncated, model, 100 * k.k1, [&](const auto& parameters, auto) {
    update(parameters);
    if (++windows == 10) after_10 = truncated.capacity();
  });
  CHECK(windows == 100);
  CHECK(truncated.capacity() == after_10);
  CHECK(truncated.bytes() <= after_10);
}

TEST_CASE("weights that no update has changed are not copied again", "[truncated]") {
  Tagger<Lstm> model(1);
  const std::size_t weights = Parameters<double>(model).count() * sizeof(double);
  Truncated constant({1, 8}), updated({1, 8});
  run_truncated(constant, model, 40, nothing);
  run_truncated(updated, model, 40, [](const auto& parameters, auto) { update(parameters); });
  CHECK(updated.bytes() - constant.bytes() == (7 - 1) * weights);
}

TEST_CASE("threads that share a batch find the same bits on every run, and the sum of their parts", "[truncated]") {
  const auto windows = shared_by_two_threads();
  CHECK(shared_by_two_threads() == windows);
  Tagger<Lstm> model(2);
  const Parameters<double> parameters(model);
  Truncated alone({2, 6});
  for (const Gradients& expected : windows) {
    record(alone, model, 2);
    if (alone.steps() == 8) alone.end_sequence();
    alone.backward(parameters);
    for (const auto& [name, parameter] : parameters)
      for (double& number : parameter->mutable_gradient()) number *= 2;  // both parts read the same tokens
    const Gradients found = gradients_of(parameters);
    for (std::size_t p = 0; p < found.size(); ++p)
      for (std::size_t i = 0; i < found[p].size(); ++i) CHECK(found[p][i] == Approx(expected[p][i]).margin(1e-12));
    update(parameters);
    parameters.zero_gradients();
  }
}

TEST_CASE("a chunk may have no loss: one at the end of a sequence reaches back all the same", "[truncated]") {
  RnnCell<double> cell({.inputs = 1, .hidden = 3}, Random(1));
  const Parameters<double> parameters(cell);
  const auto x = normal<double>(Random(2), {2, 1, 1}), y = normal<double>(Random(3), {2, 1, 1});
  TruncatedBackpropagation<double> truncated({.k1 = 2, .k2 = 4});
  for (const bool last : {false, true}) {
    truncated.record(cell, 1, 2, [&](Tape<double>& tape, const auto& state) {
      const auto [outputs, next] = unroll::run(cell, tape.constant(last ? y : x), {.state = state});
      return std::pair{last ? sum(square(next.hidden)) : tape.zeros({}), next};
    });
    truncated.backward(parameters);
  }
  const Tensor<double> found = cell.weights.input_weight.gradient();
  parameters.zero_gradients();
  Tape<double> tape;
  const auto first = unroll::run(cell, tape.constant(x)).state;
  backward(sum(square(unroll::run(cell, tape.constant(y), {.state = first}).state.hidden)), parameters);
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(found[i] == Approx(cell.weights.input_weight.gradient()[i]).epsilon(1e-12));
}
