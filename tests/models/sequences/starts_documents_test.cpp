#include "support/modifiers.hpp"
#include "support/sequences.hpp"
#include <unroll/framework/diagnostics/gradient_check.hpp>

// Documents that stand behind one another in the rows of a batch, against each of them alone, and against the steps
// taken by hand.
using namespace unroll;
using namespace unroll_test;

namespace {

constexpr std::size_t steps = 7, batch = 3;

/// Row 0: documents of 3 and 4 steps; row 1: of 1, 1 and 5, the first begins anew with the window; row 2: of 6 and 1.
const Tensor<int> marks({steps, batch}, {0, 1, 0,  //
                                         0, 1, 0,  //
                                         0, 1, 0,  //
                                         1, 0, 0,  //
                                         0, 0, 0,  //
                                         0, 0, 0,  //
                                         0, 0, 1});

/// So that on few units every modifier has something to do.
void strengthen(auto& cell) {
  if constexpr (requires { cell.limit; }) cell.limit = 0.4;
  if constexpr (requires { cell.rates.cell; }) cell.rates = {.hidden = 0.4, .cell = 0.4};
  if constexpr (requires { cell.inner; }) strengthen(cell.inner);
}
template <class Cell>
Cell make() {
  typename Cell::Options options{.inputs = 4, .hidden = 4};
  if constexpr (requires { options.recurrent; }) options.recurrent = 4;
  Cell cell(options, Random(5));
  strengthen(cell);
  return cell;
}

/// Outputs and last state, then the gradients of inputs, first state and parameters, of a run by `run_it(x, state)`.
template <class Cell>
std::vector<Numbers> numbers_by(Cell& cell, auto&& run_it, Recording recording = Recording::gradients) {
  Tape<double> tape(recording);
  const auto x = tape.input(normal<double>(Random(100), {steps, batch, 4}));
  std::vector<Variable<double>> leaves{x};
  for (const auto& numbers : random_state(cell, batch)) leaves.push_back(tape.input(numbers));
  const auto results = all_of<Cell>(run_it(x, state_with(cell, tape, batch, leaves, 1)));
  std::vector<Numbers> found;
  const auto add = [&](TensorView<const double> view) { found.emplace_back(view.begin(), view.end()); };
  Variable<double> loss = tape.constant(Tensor<double>({}, 0.0));
  for (const auto& result : results) {
    add(result.value());
    loss = loss + sum(result * normal<double>(Random(80 + found.size()), result.shape()));
  }
  if (recording == Recording::values) return found;
  tape.backward(loss);
  for (const auto& leaf : leaves) add(leaf.gradient());
  for (const auto& [name, parameter] : parameters_of<double>(cell))
    add({tape.gradient_of(*parameter), parameter->shape()});
  return found;
}

/// The naive oracle: before each step, the rows that begin anew are multiplied by 0 and the others by 1.
template <class Cell>
Unrolled<double, typename Cell::State> run_by_hand(const Cell& cell, Variable<double> x, typename Cell::State state,
                                                   const Noise& noise) {
  const auto outputs = run_around(cell, SequenceBatch{x}, noise, [&](const SequenceBatch<double>& seen) {
    const auto projected = project_inputs(cell, seen.data);
    std::vector<Variable<double>> hidden;
    for (std::size_t t = 0; t < steps; ++t) {
      for_each_variable(state, [&](Variable<double>& variable) {
        Tensor<double> keeps(variable.shape(), 1.0);
        for (std::size_t i = 0; i < keeps.size(); ++i)
          if (marks[t * batch + i / keeps.shape().after(0)] == 1) keeps[i] = 0;
        variable = variable * keeps;
      });
      state = take_step(cell, at_step(projected, t), state, {noise, t});
      hidden.push_back(state.hidden);
    }
    return stack(hidden);
  });
  return {outputs, state};
}

template <class Cell>
void check_by_hand() {
  Cell cell = make<Cell>();
  for (const Noise& noise : {Noise(), Noise(Random(11))}) {
    const auto run_with_starts = [&](auto x, auto state) {
      return unroll::run(cell, x, {.state = state, .noise = noise, .starts = marks});
    };
    const auto expected = numbers_by(cell, [&](auto x, auto state) { return run_by_hand(cell, x, state, noise); });
    const auto found = numbers_by(cell, run_with_starts);
    const auto values = numbers_by(cell, run_with_starts, Recording::values);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      CAPTURE(i, noise.has_value());
      if (i >= values.size()) {  // gradients, of which the products by 1 are added in another order
        CHECK(apart(found[i], expected[i]) < 1e-13);
        continue;
      }
      CHECK((found[i] == expected[i]));
      CHECK((values[i] == expected[i]));
    }
  }
}

/// A document: a row, its first step, and how many it has.
struct Document {
  std::size_t row, first, count;
};
std::vector<Document> documents_of(const std::vector<std::size_t>& lengths) {
  std::vector<Document> documents;
  for (std::size_t row = 0; row < batch; ++row)
    for (std::size_t t = 0; t < lengths[row]; ++t) {
      if (t == 0 || marks[t * batch + row] == 1) documents.push_back({row, t, 0});
      ++documents.back().count;
    }
  return documents;
}

/// Checks outputs and gradients of all documents of a batch against those of a run of each alone, from zeros.
template <class Layer>
void expect_documents_alone(Layer layer, const std::vector<std::size_t>& lengths = {steps, steps, steps}) {
  const auto x = normal<double>(Random(100), {steps, batch, 4});
  const auto run_and_sweep = [&](const auto& outputs_of) {
    Tape<double> tape;
    const auto inputs = tape.input(x);
    const auto outputs = outputs_of(inputs);
    tape.backward(sum(outputs * normal<double>(Random(80), outputs.shape())));
    std::vector<Numbers> found;
    for (const auto& view : {outputs.value(), inputs.gradient()}) found.emplace_back(view.begin(), view.end());
    for (const auto& [name, parameter] : parameters_of<double>(layer)) {
      const double* const gradient = tape.gradient_of(*parameter);
      found.emplace_back(gradient, gradient + parameter->value().size());
    }
    return found;
  };
  const auto found = run_and_sweep(
      [&](auto inputs) { return unroll::run(layer, inputs, {.lengths = lengths, .starts = marks}).outputs; });
  const auto expected = run_and_sweep([&](auto inputs) {
    std::vector<Variable<double>> in_rows;
    for (const auto& [row, first, count] : documents_of(lengths)) {
      const auto alone = unroll::run(layer, slice(slice(inputs, 0, first, count), 1, row, 1)).outputs;
      if (first == 0)
        in_rows.push_back(alone);
      else
        in_rows.back() = concat({in_rows.back(), alone}, 0);
      if (const std::size_t end = first + count; end == lengths[row] && end < steps)
        in_rows.back() = concat({in_rows.back(), inputs.tape().zeros(alone.shape().with(0, steps - end))}, 0);
    }
    return concat(in_rows, 1);
  });
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK(apart(found[i], expected[i]) < 1e-12);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("every cell with starts has the bits of its steps by hand", "[starts]", RnnCell<double>,
                   PreactivationRnnCell<double>, LstmCell<double>, GruCell<double>, PeepholeLstmCell<double>,
                   CoupledLstmCell<double>, LayerNormLstmCell<double>, MinGruCell<double>, MinLstmCell<double>,
                   SLstmCell<double>, LruCell<double>) {
  check_by_hand<TestType>();
}

TEMPLATE_TEST_CASE("every modifier, and combinations, with starts have the bits of their steps by hand",
                   "[starts][modifiers]", RnnCell<double>, LstmCell<double>, GruCell<double>) {
  check_by_hand<Zoneout<TestType>>();
  check_by_hand<VariationalDropout<TestType>>();
  check_by_hand<LayerNormalized<TestType>>();
  check_by_hand<StateClipped<TestType>>();
  check_by_hand<Residual<TestType>>();
  check_by_hand<Zoneout<Residual<VariationalDropout<TestType>>>>();
  check_by_hand<StateClipped<Zoneout<LayerNormalized<TestType>>>>();
}

TEST_CASE("a projected cell with starts has the bits of its steps by hand", "[starts][modifiers]") {
  check_by_hand<Projected<LstmCell<double>>>();
  check_by_hand<Zoneout<Projected<RnnCell<double>>>>();
  check_by_hand<Residual<VariationalDropout<Projected<PeepholeLstmCell<double>>>>>();
}

TEMPLATE_TEST_CASE("documents in one row are what each of them is alone, in layers of every kind", "[starts]",
                   RnnCell<double>, LstmCell<double>, GruCell<double>, MinGruCell<double>, SLstmCell<double>,
                   MLstmCell<double>, LruCell<double>) {
  const Random random(1);
  const TestType cell({.inputs = 4, .hidden = 4}, random);
  expect_documents_alone(cell);
  expect_documents_alone(Reversed(cell));
  expect_documents_alone(Layers<TestType>(3, {.inputs = 4, .hidden = 4}, random));
  expect_documents_alone(Layers<Bidirectional<TestType>>(2, {.inputs = 4, .hidden = 4}, random));
  Stack stack(Bidirectional<TestType, Merge::sum>({.inputs = 4, .hidden = 4}, random), Zoneout(cell),
              Projected<LstmCell<double>>({.inputs = 4, .hidden = 6, .recurrent = 4}, random));
  stack.residual = true;
  expect_documents_alone(stack);
}

TEST_CASE("so they are in rows of several lengths", "[starts]") {
  for (const std::vector<std::size_t>& lengths : {std::vector<std::size_t>{5, 2, 7}, {7, 3, 1}, {4, 6, 6}}) {
    expect_documents_alone(LstmCell<double>({.inputs = 4, .hidden = 4}, Random(1)), lengths);
    expect_documents_alone(Layers<Bidirectional<GruCell<double>>>(2, {.inputs = 4, .hidden = 4}, Random(1)), lengths);
    expect_documents_alone(Projected<LstmCell<double>>({.inputs = 4, .hidden = 6, .recurrent = 4}, Random(1)), lengths);
  }
}

TEST_CASE("gradients with starts are those of central differences", "[starts][gradient]") {
  Layers<Zoneout<LstmCell<double>>> layers(2, {.inputs = 3, .hidden = 3}, Random(1));
  Bidirectional<GruCell<double>> both({.inputs = 3, .hidden = 3}, Random(1));
  const auto check = [&](auto& layer, Lengths lengths) {
    const auto report = check_gradients(
        [&](auto&, auto in) {
          return unroll::run(layer, in[0], {.noise = Random(3), .lengths = lengths, .starts = marks}).outputs;
        },
        {normal<double>(Random(2), {steps, batch, 3})}, parameters_of<double>(layer));
    INFO(report);
    CHECK(report.passed());
  };
  const std::vector<std::size_t> lengths{6, 7, 2};
  check(layers, {}), check(layers, lengths), check(both, {}), check(both, lengths);
}

TEST_CASE("no gradient passes a start: it is exactly 0", "[starts][gradient]") {
  Layers<LstmCell<double>> layers(2, {.inputs = 1, .hidden = 3}, Random(1));
  Tape<double> tape;
  const auto before = tape.input(normal<double>(Random(2), {2, 2, 1}));
  const auto after = tape.input(Tensor<double>({3, 2, 1}, 0.5));
  Tensor<int> at_two({5, 2});
  at_two[4] = at_two[5] = 1;
  const auto outputs = unroll::run(layers, concat({before, after}, 0), {.starts = at_two}).outputs;
  tape.backward(sum(slice(outputs, 0, 2, 3)));
  for (const double number : before.gradient()) CHECK(number == 0);
  for (const double number : after.gradient()) CHECK((std::isfinite(number) && number != 0));
}
