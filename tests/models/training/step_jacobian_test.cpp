#include "support/catch.hpp"
#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/training/step_jacobian.hpp>
#include <unroll/ops.hpp>

using namespace unroll;
using Catch::Matchers::Contains;
using Numbers = std::vector<double>;

namespace {

Numbers numbers_at(const double* from, std::size_t count) { return {from, from + count}; }

}  // namespace

TEST_CASE("a sweep gives one row of both Jacobians for each row of the recording", "[rtrl]") {
  // Two Variables a [N, 2] and b [N, 1]: a' = a ∘ w + b, b' = 5 a₁, a constant besides.
  Parameter<double> w(Tensor<double>({2}, {2, 3})), unused(Tensor<double>({1}, {1}));
  Tape<double> tape;
  const auto a = tape.input(Tensor<double>({2, 2}, {10, 20, 10, 20})), b = tape.input(Tensor<double>({2, 1}, {7, 7}));
  const std::vector<Variable<double>> before{a, b};
  const std::vector<Variable<double>> after{a * broadcast(tape.use(w), {2, 2}) + concat({b, b}, -1),
                                            slice(a, -1, 1, 1) * 5.0};
  StepJacobian<double> sweeps(before, {&w, &unused});
  CHECK(sweeps.components() == 3);
  CHECK(sweeps.first_of(1) == 2);

  Tensor<double> jacobian({3, 3}, -1.0);
  const std::vector<std::size_t> both{0, 1}, last{2};
  for (int again = 0; again < 2; ++again) {
    sweeps.sweep(tape, after, both);
    CHECK(numbers_at(sweeps.gradients()[0], 2) == Numbers{10, 20});
    CHECK(sweeps.gradients()[1] == nullptr);
    sweeps.put_rows(before, both, jacobian.data());
    sweeps.sweep(tape, after, last);
    CHECK(sweeps.gradients()[0] == nullptr);
    sweeps.put_rows(before, last, jacobian.data());
    CHECK(jacobian == Tensor<double>({3, 3}, {2, 0, 1, 0, 3, 1, 0, 5, 0}));
  }
}

TEST_CASE("what is data has Jacobians of zeros", "[rtrl]") {
  Parameter<double> w(Tensor<double>({1}, {2}));
  Tape<double> tape;
  const std::vector<Variable<double>> before{tape.input(Tensor<double>({1, 1}, {3}))};
  const std::vector<Variable<double>> after{tape.zeros({1, 1})};
  StepJacobian<double> sweeps(before, {&w});
  const std::vector<std::size_t> only{0};
  double jacobian = -1;
  sweeps.sweep(tape, after, only);
  CHECK(sweeps.gradients()[0] == nullptr);
  sweeps.put_rows(before, only, &jacobian);
  CHECK(jacobian == 0);
}

TEST_CASE("a state of another model, and components without a row, are named", "[rtrl][error]") {
  Tape<double> tape;
  const std::vector<Variable<double>> state{tape.input(Tensor<double>({1, 2}, 3.0))};
  const std::vector<Variable<double>> two{state[0], state[0]}, wider{tape.input(Tensor<double>({1, 3}))};
  StepJacobian<double> sweeps(state, {});
  const std::vector<std::size_t> first{0}, both{0, 1};
  CHECK_THROWS_WITH(sweeps.sweep(tape, two, first), Contains("a state of 2 Variables swept, expected 1"));
  CHECK_THROWS_AS(sweeps.sweep(tape, wider, first), ShapeError);
  CHECK_THROWS_WITH(sweeps.sweep(tape, state, both), Contains("2 components asked of a recording of 1 row"));
}

TEST_CASE("a sweep from cotangents pulls each row back over the step", "[rtrl]") {
  // a' = a ∘ w + b, b' = 5 a₁: J = [[2, 0, 1], [0, 3, 1], [0, 5, 0]], and a row u becomes u J.
  Parameter<double> w(Tensor<double>({2}, {2, 3}));
  Tape<double> tape;
  const auto a = tape.input(Tensor<double>({2, 2}, {10, 20, 10, 20})), b = tape.input(Tensor<double>({2, 1}, {7, 7}));
  const std::vector<Variable<double>> before{a, b};
  const std::vector<Variable<double>> after{a * broadcast(tape.use(w), {2, 2}) + concat({b, b}, -1),
                                            slice(a, -1, 1, 1) * 5.0};
  StepJacobian<double> jacobian(before);
  const Tensor<double> cotangents({2, 3}, {1, 10, 100, -1, 0, 2});
  Tensor<double> rows({2, 3});
  for (int again = 0; again < 2; ++again) {
    jacobian.sweep(tape, after, cotangents.view());
    jacobian.put_rows(before, rows);
    CHECK(rows == Tensor<double>({2, 3}, {2, 530, 11, -2, 10, -1}));
  }
  const std::vector<std::size_t> second{1};
  jacobian.sweep(tape, after, second);  // from a unit vector, after others: nothing of theirs is left
  Tensor<double> matrix({3, 3});
  jacobian.put_rows(before, second, matrix.data());
  CHECK(matrix == Tensor<double>({3, 3}, {0, 0, 0, 0, 3, 1, 0, 0, 0}));
}

TEST_CASE("states as rows are cut into their Variables and put together again", "[rtrl]") {
  Tape<double> tape;
  const std::vector<Variable<double>> state{tape.zeros({1, 2}), tape.zeros({1, 1, 3})};
  const StepJacobian<double> jacobian(state);
  const Tensor<double> rows({2, 5}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  const auto first = jacobian.columns(0, rows, {2, 2}), second = jacobian.columns(1, rows, {2, 1, 3});
  CHECK(first == Tensor<double>({2, 2}, {1, 2, 6, 7}));
  CHECK(second == Tensor<double>({2, 1, 3}, {3, 4, 5, 8, 9, 10}));
  Tensor<double> again({2, 5});
  jacobian.put_columns(1, second.view(), again);
  jacobian.put_columns(0, first.view(), again);
  CHECK(again == rows);
}

TEST_CASE("cotangents, rows and columns of another shape are named", "[rtrl][error]") {
  Tape<double> tape;
  const std::vector<Variable<double>> state{tape.input(Tensor<double>({2, 2}, 3.0))};
  StepJacobian<double> jacobian(state);
  Tensor<double> wide({2, 3}), fitting({2, 2});
  CHECK_THROWS_WITH(jacobian.sweep(tape, state, wide.view()), Contains("StepJacobian: cotangents"));
  jacobian.sweep(tape, state, fitting.view());
  CHECK_THROWS_AS(jacobian.put_rows(state, wide), ShapeError);
  CHECK_THROWS_AS(jacobian.columns(0, wide, {2, 2}), ShapeError);
  CHECK_THROWS_AS(jacobian.put_columns(0, fitting.view(), wide), ShapeError);
  CHECK_THROWS_WITH(jacobian.columns(1, fitting, {2, 2}), Contains("Variable 1 asked of 1"));
}
