#pragma once

#include <unroll/framework/errors/sizes.hpp>
#include <unroll/models/sequences/state.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

namespace detail {

/// Throws NumericalError unless all numbers of a state's tensor are finite.
template <class Scalar>
void expect_finite_state(std::size_t tensor, const TensorView<const Scalar>& numbers);

/// Throws unless these can be a state: ArgumentError when there are none, ShapeError when one has another batch than
/// the first, NumericalError when a number is not finite.
template <class Scalar>
void expect_state_tensors(const std::vector<Tensor<Scalar>>& tensors);

}  // namespace detail

/// A state between two recordings, as numbers and not as nodes, so that no gradient flows from one window to the one
/// before. It reuses its memory.
///
///     CarriedState memory;
///     for (const Tensor<>& window : windows) {
///       tape.clear();
///       const auto state = memory.resume(cell, tape, batch);  // zeros the first time
///       const auto unrolled = run(cell, tape.constant(window), {.state = state});
///       memory.keep(unrolled.state);
///     }
template <class Scalar = float>
class CarriedState {
 public:
  /// Copies the numbers of a state; call it before the tape is cleared. Throws NumericalError, and keeps the former
  /// state, when a number is not finite: it would spoil every later window.
  template <class State>
  void keep(const State& state) {
    std::size_t index = 0;
    for_each_variable(state, [&](const Variable<Scalar>& variable) {
      detail::expect_finite_state(index++, TensorView<const Scalar>(variable.value()));
    });
    if (values_.empty()) values_.swap(spare_);
    index = 0;
    for_each_variable(state, [&](const Variable<Scalar>& variable) {
      if (index == values_.size()) values_.emplace_back();
      values_[index++].assign(variable.value());
    });
    values_.resize(index);
  }
  /// Takes over tensors [N, ...] in the order of the state's members, as values() returns them: from a file, for
  /// example. resume checks that they fit the model. Throws, and keeps the former state: ArgumentError for no tensor,
  /// ShapeError when they are not of one batch, NumericalError when a number is not finite.
  void assign(std::vector<Tensor<Scalar>> values) {
    detail::expect_state_tensors(values);
    values_ = std::move(values);
  }

  /// The kept state, as constants on a tape; the model's first state if none is kept. Throws ShapeError when the kept
  /// state belongs to another batch size or model, and TapeError after backward.
  template <Recurrent Model>
  typename Model::State resume(const Model& model, Tape<Scalar>& tape, std::size_t batch) const {
    return resume_as(model, tape, batch, [&](const Tensor<Scalar>& value) { return tape.constant(value); });
  }
  /// The same as inputs of the tape, which get a gradient: for a caller that sweeps the recording before this one too,
  /// and passes the gradient on to it.
  template <Recurrent Model>
  typename Model::State resume_with_gradient(const Model& model, Tape<Scalar>& tape, std::size_t batch) const {
    return resume_as(model, tape, batch, [&](const Tensor<Scalar>& value) { return tape.input(value); });
  }

  /// Forgets the state: the next resume starts with the model's first one.
  void reset() {
    if (!values_.empty()) values_.swap(spare_);
    values_.clear();
  }
  /// Forgets one sequence of the batch: its row becomes zeros. Does nothing when no state is kept. Throws ArgumentError
  /// for a row outside the batch.
  void forget(std::size_t row) {
    for (Tensor<Scalar>& value : values_) std::ranges::fill(row_of(value, row), Scalar{0});
  }
  /// The same for a model whose first state is not zeros: the row becomes that of its first state. Throws ShapeError
  /// when the kept state belongs to another model.
  template <Recurrent Model>
  void forget(std::size_t row, const Model& model) {
    if (values_.empty()) return;
    Tape<Scalar> tape(Recording::values);
    CarriedState first;
    first.keep(initial_state(model, tape, 1));
    if (first.values_.size() != values_.size())
      detail::refuse_state("forget: the state kept", first.values_.size(), values_.size());
    for (std::size_t i = 0; i < values_.size(); ++i)
      expect_same_shape("forget: a row of this model's first state and of the state kept", first.values_[i].shape(),
                        values_[i].shape().with(0, 1));
    for (std::size_t i = 0; i < values_.size(); ++i)
      std::ranges::copy(first.values_[i].values(), row_of(values_[i], row).begin());
  }

  /// The kept tensors, [N, ...] each, in the order of the state's members; empty when no state is kept.
  const std::vector<Tensor<Scalar>>& values() const { return values_; }

 private:
  template <Recurrent Model>
  typename Model::State resume_as(const Model& model, Tape<Scalar>& tape, std::size_t batch, const auto& leaf) const {
    typename Model::State state = initial_state(model, tape, batch);
    if (values_.empty()) return state;
    std::size_t index = 0;
    for_each_variable(state, [&](Variable<Scalar>& variable) {
      const Shape kept = index < values_.size() ? values_[index].shape() : Shape{0};
      expect_same_shape("resume: state of this model and batch against the state kept", variable.shape(), kept);
      variable = leaf(values_[index++]);
    });
    if (index < values_.size()) detail::refuse_state("resume: the state kept", index, values_.size());
    return state;
  }

  static std::span<Scalar> row_of(Tensor<Scalar>& value, std::size_t row) {
    detail::expect_index("forget", "row", row, value.shape()[0]);
    return value.values().subspan(row * value.shape().after(0), value.shape().after(0));
  }

  std::vector<Tensor<Scalar>> values_;
  std::vector<Tensor<Scalar>> spare_;  // the memory of the forgotten state
};

}  // namespace unroll::inline v0
