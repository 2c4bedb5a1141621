#pragma once

#include <unroll/framework/tensor/euclidean_norm.hpp>
#include <unroll/models/analysis/jacobian_norms.hpp>
#include <unroll/models/sequences/recurrent_cell.hpp>
#include <unroll/models/training/step_jacobian.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

namespace unroll::inline v0 {

namespace detail {
/// Throws ArgumentError unless a path of `steps` steps has a state before and after each.
void expect_path(std::size_t steps, std::size_t states);
/// Throws ArgumentError unless there is such a step and a sequence, and ShapeError unless rows are [R, width], as many
/// for each sequence.
void expect_step_and_rows(std::size_t step, std::size_t steps, const Shape& rows, std::size_t sequences,
                          std::size_t width);
}  // namespace detail

/// The path of a cell through a batch of sequences: its projected inputs, and its state before and after each step.
template <class Scalar>
struct StatePath {
  Tensor<Scalar> projected;  ///< the projected inputs, [T, N, ...]
  /// [T + 1][variable]: [N, ...] each; the first is the initial state
  std::vector<std::vector<Tensor<Scalar>>> states;

  std::size_t steps() const { return projected.shape()[0]; }  ///< T
  std::size_t batch() const { return projected.shape()[1]; }  ///< N
};

/// The Jacobians of a cell's steps along a path: the products of StepProducts for the first `sequences` sequences of
/// its batch. It takes step t again with as many copies of each sequence as there are rows for it, so that one sweep
/// serves all rows: with a copy for every number of the state, that is the whole Jacobian. This works for any cell
/// whose sequences of a batch do not depend on each other. It refers to the path, which must outlive it.
template <RecurrentCell Cell, class Scalar>
class PathJacobians {
 public:
  /// Copies the cell. Throws ArgumentError for a path without a state before and after each step.
  PathJacobians(const Cell& cell, const StatePath<Scalar>& path, std::size_t sequences)
      : cell_(cell), path_(path), sequences_(std::min(sequences, path.batch())) {
    detail::expect_path(path_.steps(), path_.states.size());
    for_each_unnamed_parameter(cell_, [](auto& parameter) { parameter.frozen = true; });  // their gradients cost most
    jacobian_ = StepJacobian<Scalar>(detail::variables_of(run_, initial_state(cell_, run_, 1)));
  }

  /// The products as functions, which refer to this object.
  StepProducts<Scalar> products() {
    return {.steps = path_.steps(),
            .sequences = sequences_,
            .width = jacobian_.components(),
            .pull_back = [this](std::size_t step, Tensor<Scalar>& rows) { pull_back(step, rows); },
            .push_forward = [this](std::size_t step, Tensor<Scalar>& rows) { push_forward(step, rows); }};
  }

  /// Replaces each row v of `rows` [R, width] by Jᵀ v of its sequence at this step. Throws ArgumentError for a step
  /// that the path does not have, and ShapeError for rows that do not fit, here and below.
  void pull_back(std::size_t step, Tensor<Scalar>& rows) {
    expect_rows(step, rows);
    if (rows.size() == 0) return;
    const auto [before, after] = take_step(swept_, step, states_of(step, rows.shape()));
    jacobian_.sweep(swept_, after, rows.view());
    jacobian_.put_rows(before, rows);
  }

  /// Replaces each row v of `rows` [R, width] by J v, by central differences. Dual numbers would require that every
  /// cell, a user's too, can be made of them, and there are none of float. The error of the differences turns the
  /// tangent by a small angle, and power iteration notices no more than that: the norm that it reports comes from
  /// pull_back, which is exact, and changes with the square of the angle.
  void push_forward(std::size_t step, Tensor<Scalar>& rows) {
    expect_rows(step, rows);
    if (rows.size() == 0) return;
    const std::size_t width = jacobian_.components();
    const Tensor<Scalar> states = states_of(step, rows.shape());
    const std::vector<Scalar> h = step_sizes(states, rows);
    Tensor<Scalar> sides[2]{states, states};
    for (std::size_t side = 0; side < 2; ++side) {
      Tensor<Scalar>& moved = sides[side];
      for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += (side == 0 ? h[i / width] : -h[i / width]) * rows[i];
      const auto after = take_step(run_, step, moved).after;
      for (std::size_t i = 0; i < after.size(); ++i) jacobian_.put_columns(i, after[i].value(), moved);
    }
    for (std::size_t i = 0; i < rows.size(); ++i)
      rows[i] = h[i / width] > 0 ? (sides[0][i] - sides[1][i]) / (2 * h[i / width]) : Scalar{0};
  }

 private:
  using Variables = std::span<const Variable<Scalar>>;
  struct Taken {
    Variables before, after;
  };

  void expect_rows(std::size_t step, const Tensor<Scalar>& rows) const {
    detail::expect_step_and_rows(step, path_.steps(), rows.shape(), sequences_, jacobian_.components());
  }

  /// The rows [R, ...] of a tensor [N, ...]: that of each sequence as often as there are rows for it.
  Tensor<Scalar> repeated(TensorView<const Scalar> of_sequences, std::size_t rows) const {
    const std::size_t count = of_sequences.shape().after(0);
    Tensor<Scalar> result(of_sequences.shape().with(0, rows));
    for (std::size_t row = 0; row < rows; ++row)
      std::copy_n(of_sequences.data() + row / (rows / sequences_) * count, count, result.data() + row * count);
    return result;
  }

  /// The states before a step, [R, width].
  Tensor<Scalar> states_of(std::size_t step, const Shape& shape) const {
    Tensor<Scalar> rows(shape);
    for (std::size_t i = 0; i < path_.states[step].size(); ++i)
      jacobian_.put_columns(i, repeated(path_.states[step][i].view(), shape[0]).view(), rows);
    return rows;
  }

  /// Clears the tape and takes a step on it from the states [R, width].
  Taken take_step(Tape<Scalar>& tape, std::size_t step, const Tensor<Scalar>& states) const {
    tape.clear();
    const std::size_t rows = states.shape()[0];
    auto state = initial_state(cell_, tape, rows);
    std::size_t index = 0;
    for_each_variable(state, [&](Variable<Scalar>& variable) {
      variable = tape.input(jacobian_.columns(index++, states, variable.shape()).view());
    });
    const Variables before = detail::variables_of(tape, state);
    const Shape given = path_.projected.shape().without(0);
    const auto inputs = repeated({path_.projected.data() + step * given.size(), given}, rows);
    state = unroll::take_step(cell_, tape.constant(inputs), state, StepContext{{}, step});
    return {before, detail::variables_of(tape, state)};
  }

  std::vector<Scalar> step_sizes(const Tensor<Scalar>& states, const Tensor<Scalar>& tangents) const {
    const std::size_t width = jacobian_.components();
    const auto norm = [&](const Tensor<Scalar>& rows, std::size_t row) {
      return detail::euclidean_norm(std::span<const Scalar>(rows.data() + row * width, width)).value();
    };
    const double relative = std::cbrt(static_cast<double>(std::numeric_limits<Scalar>::epsilon()));
    std::vector<Scalar> sizes(states.shape()[0]);
    for (std::size_t row = 0; row < sizes.size(); ++row)
      if (const double length = norm(tangents, row); length > 0)
        sizes[row] = static_cast<Scalar>(relative * std::max(1.0, norm(states, row)) / length);
    return sizes;
  }

  Cell cell_;
  const StatePath<Scalar>& path_;
  std::size_t sequences_;
  StepJacobian<Scalar> jacobian_;
  Tape<Scalar> swept_;
  Tape<Scalar> run_{Recording::values};
};

}  // namespace unroll::inline v0
