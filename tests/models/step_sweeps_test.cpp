#include "support/catch.hpp"
#include "support/ops.hpp"
#include <unroll/framework/error.hpp>
#include <unroll/models/step_sweeps.hpp>
#include <unroll/ops/ops.hpp>

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
  StepSweeps<double> sweeps(before, {&w, &unused});
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
  StepSweeps<double> sweeps(before, {&w});
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
  StepSweeps<double> sweeps(state, {});
  const std::vector<std::size_t> first{0}, both{0, 1};
  CHECK_THROWS_WITH(sweeps.sweep(tape, two, first), Contains("a state of 2 Variables swept, expected 1"));
  CHECK_THROWS_AS(sweeps.sweep(tape, wider, first), ShapeError);
  CHECK_THROWS_WITH(sweeps.sweep(tape, state, both), Contains("2 components asked of a recording of 1 row"));
}
