#include "support/catch.hpp"
#include "support/truncated.hpp"

#include <cmath>
#include <deque>

// Truncated backpropagation through time against its definition, written as naively as can be: one step at a time, one
// window at a time, and a copy of the model for every step.
using namespace unroll;
using namespace unroll_test;

namespace {

constexpr std::size_t T = 11;

/// Where the window that ends at `t` begins: k2 steps back, or where the next chunk does.
std::size_t cut_of(const Truncation& k, std::size_t t) {
  std::size_t cut = t > k.k2 ? t - k.k2 : 0;
  while (cut % k.chunk() != 0) ++cut;
  return cut;
}

/// Models and states as they were at each step. Steps count from 1.
template <class Cell>
struct Past {
  std::deque<Tagger<Cell>> models;                  // of step i: [i - 1]
  std::vector<std::vector<Tensor<double>>> states;  // after step i: [i]

  explicit Past(const Tagger<Cell>& model) {
    Tape<double> tape;
    keep(initial_state(model.layers, tape, streams));
  }
  void keep(auto state) {
    states.emplace_back();
    for_each_variable(state, [&](const auto& variable) { states.back().emplace_back(variable.value()); });
  }
  auto state_on(Tape<double>& tape, std::size_t step) const {
    auto state = initial_state(models[0].layers, tape, streams);
    std::size_t i = 0;
    for_each_variable(state, [&](auto& variable) { variable = tape.constant(states[step][i++]); });
    return state;
  }
  /// One step more, with the model as it is now.
  void run(const Tagger<Cell>& model) {
    models.push_back(model);
    Tape<double> tape;
    const std::size_t step = models.size();
    keep(model(tape, tokens_at(step - 1, 1), tokens_at(step - 1, 1, 1), state_on(tape, step - 1)).second);
  }
  /// The gradients of the losses of steps (losses_after, t], by step, with nothing before `cut`.
  std::vector<Gradients> gradients(std::size_t cut, std::size_t losses_after, std::size_t t) {
    Tape<double> tape;
    auto state = state_on(tape, cut);
    Variable<double> sum;
    for (std::size_t step = cut + 1; step <= t; ++step) {
      const auto [loss, next] = models[step - 1](tape, tokens_at(step - 1, 1), tokens_at(step - 1, 1, 1), state);
      if (step > losses_after) sum = sum ? sum + loss : loss;
      state = next;
    }
    std::vector<Gradients> found(t + 1);
    tape.backward(sum);
    for (std::size_t step = cut + 1; step <= t; ++step) {
      const Parameters<double> parameters(models[step - 1]);
      parameters.zero_gradients();
      add_gradients(tape, parameters);
      found[step] = gradients_of(parameters);
    }
    return found;
  }
};

void add(Gradients& sum, const Gradients& more) {
  if (more.empty()) return;
  if (sum.empty())
    sum = more;
  else
    for (std::size_t p = 0; p < sum.size(); ++p)
      for (std::size_t i = 0; i < sum[p].size(); ++i) sum[p][i] += more[p][i];
}

/// The largest difference, relative to the largest number of its parameter.
double difference(const Gradients& found, const Gradients& expected) {
  REQUIRE(found.size() == expected.size());
  double largest = 0;
  for (std::size_t p = 0; p < found.size(); ++p) {
    double scale = 1e-3, apart = 0;
    for (const double number : expected[p]) scale = std::max(scale, std::abs(number));
    for (std::size_t i = 0; i < found[p].size(); ++i) apart = std::max(apart, std::abs(found[p][i] - expected[p][i]));
    largest = std::max(largest, apart / scale);
  }
  return largest;
}

const std::vector<Truncation> all_kinds{{1, 1}, {3, 3}, {1, 2}, {2, 4}, {2, 6}, {4, 8}, {1, 5},
                                        {2, 3}, {3, 5}, {4, 6}, {4, 2}, {3, 2}, {5, 3}, {6, 4}};

}  // namespace

TEMPLATE_TEST_CASE("each window has the gradient of its losses over its steps, at the weights that these were run with",
                   "[truncated]", RnnCell<double>, LstmCell<double>, GruCell<double>) {
  const auto k = GENERATE(from_range(all_kinds));
  const double learning_rate = GENERATE(0.0, 0.5);
  CAPTURE(k.k1, k.k2, learning_rate);
  Tagger<TestType> model(2);
  Past<TestType> past(model);
  TruncatedBackpropagation<double> truncated(k);
  std::size_t before = 0, windows = 0;
  run_truncated(truncated, model, T, [&](const Parameters<double>& parameters, std::size_t t) {
    CHECK((t == before + k.k1 || t == T));
    while (past.models.size() < t) past.run(model);  // it has not changed since `before`
    const std::size_t cut = cut_of(k, t);
    Gradients expected;
    for (const auto& step : past.gradients(cut, before, t)) add(expected, step);
    CHECK(difference(gradients_of(parameters), expected) < 1e-12);
    for (const auto& [name, parameter] : parameters)
      for (std::size_t i = 0; i < parameter->value().size(); ++i)
        parameter->mutable_value()[i] -= learning_rate * parameter->gradient()[i];
    before = t;
    ++windows;
  });
  CHECK(windows == (T + k.k1 - 1) / k.k1);
}

TEMPLATE_TEST_CASE("without updates the windows add up to the sum over losses and the steps that each may reach",
                   "[truncated]", RnnCell<double>, LstmCell<double>, GruCell<double>) {
  const auto k = GENERATE(from_range(all_kinds));
  CAPTURE(k.k1, k.k2);
  Tagger<TestType> model(1);
  Gradients found, expected;
  TruncatedBackpropagation<double> truncated(k);
  run_truncated(truncated, model, T,
                [&](const auto& parameters, std::size_t) { add(found, gradients_of(parameters)); });

  Past<TestType> past(model);
  while (past.models.size() < T) past.run(model);
  for (std::size_t loss = 1; loss <= T; ++loss) {
    const std::size_t t = std::min((loss + k.k1 - 1) / k.k1 * k.k1, T), cut = cut_of(k, t);
    if (loss <= cut) continue;  // k1 > k2: no sweep reaches it
    const auto paths = past.gradients(0, loss - 1, loss);
    for (std::size_t step = cut + 1; step <= loss; ++step) add(expected, paths[step]);
  }
  CHECK(difference(found, expected) < 1e-12);
}

TEMPLATE_TEST_CASE("with k2 of the whole sequence it is backpropagation through time", "[truncated]", RnnCell<double>,
                   LstmCell<double>, GruCell<double>) {
  const std::size_t depth = GENERATE(1u, 2u);
  const auto k = GENERATE(Truncation{11, 11}, Truncation{1, 11}, Truncation{3, 12}, Truncation{4, 12},
                          Truncation{5, 1000000}, Truncation{1000000, 1000000}, Truncation{11, 22});
  CAPTURE(depth, k.k1, k.k2);
  Tagger<TestType> model(depth);
  const Parameters<double> parameters(model);
  Tape<double> tape;
  const auto whole = model(tape, tokens_at(0, T), tokens_at(0, T, 1), initial_state(model.layers, tape, streams));
  backward(whole.first, parameters);
  const Gradients expected = gradients_of(parameters);
  parameters.zero_gradients();

  Gradients found;
  TruncatedBackpropagation<double> truncated(k);
  run_truncated(truncated, model, T, [&](const auto& same, std::size_t) { add(found, gradients_of(same)); });
  CHECK(difference(found, expected) < 1e-12);
}
