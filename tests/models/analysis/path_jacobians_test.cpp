#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models/analysis/path_jacobians.hpp>
#include <unroll/models/cells/lstm_cell.hpp>

using namespace unroll;
using Catch::Matchers::Contains;

namespace {

/// Where an LSTM has been, step by step.
StatePath<double> path_of(const LstmCell<double>& cell, const Tensor<double>& inputs) {
  Tape<double> tape;
  const auto projected = cell.project(tape.constant(inputs));
  StatePath<double> path{Tensor<double>(projected.value()), {}};
  auto state = initial_state(cell, tape, inputs.shape()[1]);
  const auto note = [&] {
    path.states.push_back({Tensor<double>(state.hidden.value()), Tensor<double>(state.cell.value())});
  };
  note();
  for (std::size_t t = 0; t < inputs.shape()[0]; ++t) {
    state = cell.step(at_step(projected, t), state);
    note();
  }
  return path;
}

}  // namespace

TEST_CASE("steps of a path are linearized as one-step differences say, for each of its sequences", "[path_jacobians]") {
  const LstmCell<double> cell({.inputs = 2, .hidden = 3}, Random(6));
  const auto path = path_of(cell, normal<double>(Random(7), {4, 3, 2}));
  PathJacobians<LstmCell<double>, double> steps(cell, path, 2);
  CHECK(steps.products().width == 6);
  CHECK(steps.products().sequences == 2);
  // u·(J v) = (Jᵀu)·v for both sequences, two rows each.
  const auto u = normal<double>(Random(8), {4, 6}), v = normal<double>(Random(9), {4, 6});
  Tensor<double> back = u, forward = v;
  steps.pull_back(2, back);
  steps.push_forward(2, forward);
  for (std::size_t row = 0; row < 4; ++row) {
    double left = 0, right = 0;
    for (std::size_t i = 0; i < 6; ++i)
      left += u.at({row, i}) * forward.at({row, i}), right += back.at({row, i}) * v.at({row, i});
    CHECK(left == Approx(right).epsilon(1e-6));
  }
}

TEST_CASE("pulling back by unit vectors gives the Jacobian that central differences give", "[path_jacobians]") {
  const LstmCell<double> cell({.inputs = 2, .hidden = 3}, Random(6));
  const auto path = path_of(cell, normal<double>(Random(7), {4, 1, 2}));
  PathJacobians<LstmCell<double>, double> steps(cell, path, 1);
  Tensor<double> rows = Tensor<double>({6, 6}), columns({6, 6});
  for (std::size_t i = 0; i < 6; ++i) rows.at({i, i}) = columns.at({i, i}) = 1;
  steps.pull_back(1, rows);        // row i: the derivatives of number i of the state
  steps.push_forward(1, columns);  // row k: the derivatives by number k
  for (std::size_t i = 0; i < 6; ++i)
    for (std::size_t k = 0; k < 6; ++k) CHECK(rows.at({i, k}) == Approx(columns.at({k, i})).margin(1e-8));
}

TEST_CASE("rows that the sequences of a path cannot share, and a path that lacks a state, are named",
          "[path_jacobians][error]") {
  const LstmCell<double> cell({.inputs = 2, .hidden = 3}, Random(6));
  auto path = path_of(cell, normal<double>(Random(7), {4, 2, 2}));
  PathJacobians<LstmCell<double>, double> steps(cell, path, 2);
  Tensor<double> rows({3, 6}), narrow({4, 5});
  CHECK_THROWS_WITH(steps.pull_back(0, rows),
                    Contains("rows of shape [3, 6] given, expected [R, 6], with R a multiple of the 2 sequences"));
  CHECK_THROWS_AS(steps.push_forward(0, narrow), ShapeError);
  path.states.pop_back();
  CHECK_THROWS_WITH((PathJacobians<LstmCell<double>, double>(cell, path, 2)),
                    Contains("a path of 4 steps with 4 states given, expected one more state than steps"));
}
