#pragma once

#include <unroll/framework/euclidean_norm.hpp>
#include <unroll/models/jacobian_norms.hpp>
#include <unroll/models/run_layer.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

namespace unroll::inline v0 {

namespace detail {
/// Throws ArgumentError unless a path of so many steps has a state before and after each.
void expect_path(std::size_t steps, std::size_t states);
/// Throws ArgumentError unless there is such a step and a sequence, and ShapeError unless rows are [R, width], as many
/// for each sequence.
void expect_step_and_rows(std::size_t step, std::size_t steps, const Shape& rows, std::size_t sequences,
                          std::size_t width);
}  // namespace detail

/// Where a cell has been: what it was given, and its state before and after each step.
template <class Scalar>
struct StatePath {
  Tensor<Scalar> projected;                         // [T, N, ...]
  std::vector<std::vector<Tensor<Scalar>>> states;  // [T + 1][variable]: [N, ...] each; the first is the initial state

  std::size_t steps() const { return projected.shape()[0]; }
  std::size_t batch() const { return projected.shape()[1]; }
};

/// A cell's steps along a path, linearised: the products of StepProducts for the first `sequences` of its batch. Step t
/// is taken again for as many copies of each sequence as there are rows for it, so that one sweep serves all rows: with
/// a copy for every number of the state it makes the whole Jacobian. Works for any cell, since the sequences of a batch
/// do not see each other. Refers to the path. Throws ArgumentError for a path without a state before and after each
/// step, and for a step that it has not, and ShapeError for rows that do not fit.
template <RecurrentCell Cell, class Scalar>
class LinearizedSteps {
 public:
  LinearizedSteps(const Cell& cell, const StatePath<Scalar>& path, std::size_t sequences)
      : cell_(cell), path_(path), sequences_(std::min(sequences, path.batch())) {
    detail::expect_path(path_.steps(), path_.states.size());
    for_each_unnamed_parameter(cell_, [](auto& parameter) { parameter.frozen = true; });  // their gradients cost most
    for (const auto& variable : path_.states[0]) width_ += variable.shape().after(0);
  }

  StepProducts<Scalar> products() {
    return {.steps = path_.steps(),
            .sequences = sequences_,
            .width = width_,
            .pull_back = [this](std::size_t step, Tensor<Scalar>& rows) { pull_back(step, rows); },
            .push_forward = [this](std::size_t step, Tensor<Scalar>& rows) { push_forward(step, rows); }};
  }

  void pull_back(std::size_t step, Tensor<Scalar>& rows) {
    detail::expect_step_and_rows(step, path_.steps(), rows.shape(), sequences_, width_);
    if (rows.size() == 0) return;
    swept_.clear();
    const auto before = place(swept_, states_of(step, rows));
    auto after = take_step(step, before, rows.shape()[0]);
    std::vector<Tensor<Scalar>> cotangents = cut(rows);
    std::vector<Seed<Scalar>> seeds;
    std::size_t index = 0;
    for_each_variable(after, [&](const Variable<Scalar>& variable) {
      const auto& cotangent = cotangents[index++];
      if (variable.needs_gradient()) seeds.push_back({variable, {cotangent.data(), variable.shape()}});
    });
    std::fill(rows.begin(), rows.end(), Scalar{0});
    if (seeds.empty()) return;  // a cell that forgets everything
    swept_.backward(seeds);
    join(before, rows, [](const Variable<Scalar>& variable) { return variable.gradient(); });
  }

  /// By central differences, not by duals: those would ask every cell, a user's too, to be made anew of dual numbers,
  /// and of float there are none. The error of differences turns the tangent a little, which is all that power
  /// iteration can notice: what it reports comes from pull_back, which is exact, and changes with the square of that
  /// angle.
  void push_forward(std::size_t step, Tensor<Scalar>& rows) {
    detail::expect_step_and_rows(step, path_.steps(), rows.shape(), sequences_, width_);
    if (rows.size() == 0) return;
    const Tensor<Scalar> states = states_of(step, rows);
    const Tensor<Scalar> tangents = rows;
    const std::vector<Scalar> h = step_sizes(states, tangents);
    Tensor<Scalar> sides[2];
    for (std::size_t side = 0; side < 2; ++side) {
      Tensor<Scalar> moved = states;
      for (std::size_t i = 0; i < moved.size(); ++i)
        moved[i] += (side == 0 ? h[i / width_] : -h[i / width_]) * tangents[i];
      run_.clear();
      const auto after = take_step(step, place(run_, moved), rows.shape()[0]);
      join(after, rows, [](const Variable<Scalar>& variable) { return variable.value(); });
      sides[side] = rows;
    }
    for (std::size_t i = 0; i < rows.size(); ++i)
      rows[i] = h[i / width_] > 0 ? (sides[0][i] - sides[1][i]) / (2 * h[i / width_]) : Scalar{0};
  }

 private:
  using State = typename Cell::State;

  /// The states before a step, as rows [R, width]: those of each sequence as often as it has rows.
  Tensor<Scalar> states_of(std::size_t step, const Tensor<Scalar>& rows) const {
    Tensor<Scalar> joined(rows.shape());
    const std::size_t copies = rows.shape()[0] / sequences_;
    std::size_t column = 0;
    for (const auto& variable : path_.states[step]) {
      const std::size_t count = variable.shape().after(0);
      for (std::size_t row = 0; row < rows.shape()[0]; ++row)
        std::copy_n(variable.data() + row / copies * count, count, joined.data() + row * width_ + column);
      column += count;
    }
    return joined;
  }

  /// Rows [R, width] as one tensor for each variable.
  std::vector<Tensor<Scalar>> cut(const Tensor<Scalar>& rows) const {
    std::vector<Tensor<Scalar>> parts;
    std::size_t column = 0;
    for (const auto& variable : path_.states[0]) {
      const std::size_t count = variable.shape().after(0);
      Tensor<Scalar>& part = parts.emplace_back(variable.shape().with(0, rows.shape()[0]));
      for (std::size_t row = 0; row < rows.shape()[0]; ++row)
        std::copy_n(rows.data() + row * width_ + column, count, part.data() + row * count);
      column += count;
    }
    return parts;
  }

  State place(Tape<Scalar>& tape, const Tensor<Scalar>& rows) const {
    const auto parts = cut(rows);
    State state = initial_state(cell_, tape, rows.shape()[0]);
    std::size_t index = 0;
    for_each_variable(state, [&](Variable<Scalar>& variable) { variable = tape.input(parts[index++]); });
    return state;
  }

  void join(const State& state, Tensor<Scalar>& rows, auto&& numbers_of) const {
    std::size_t column = 0;
    for_each_variable(state, [&](const Variable<Scalar>& variable) {
      const auto numbers = numbers_of(variable);
      const std::size_t count = variable.shape().after(0);
      for (std::size_t row = 0; row < rows.shape()[0]; ++row)
        std::copy_n(numbers.data() + row * count, count, rows.data() + row * width_ + column);
      column += count;
    });
  }

  State take_step(std::size_t step, const State& before, std::size_t rows) const {
    const Shape given = path_.projected.shape().without(0);
    const std::size_t count = given.after(0);
    Tensor<Scalar> inputs(given.with(0, rows));
    for (std::size_t row = 0; row < rows; ++row)
      std::copy_n(path_.projected.data() + (step * given[0] + row / (rows / sequences_)) * count, count,
                  inputs.data() + row * count);
    return unroll::take_step(cell_, before.hidden.tape().constant(inputs), before, Moment{{}, step});
  }

  std::vector<Scalar> step_sizes(const Tensor<Scalar>& states, const Tensor<Scalar>& tangents) const {
    const auto norm = [&](const Tensor<Scalar>& rows, std::size_t row) {
      return detail::euclidean_norm(std::span<const Scalar>(rows.data() + row * width_, width_)).value();
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
  std::size_t sequences_, width_ = 0;
  Tape<Scalar> swept_;
  Tape<Scalar> run_{Recording::values};
};

}  // namespace unroll::inline v0
