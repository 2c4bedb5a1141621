#pragma once

#include <unroll/framework/tape.hpp>
#include <unroll/models/sizes.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace unroll::inline v0 {

/// The Jacobians J = ∂state'/∂state and ∂state'/∂θ of one recorded step of a recurrent network, a reverse sweep at a
/// time. A state is seen as a vector: the S numbers in one row of its Variables [R, ...] are its components, Variable
/// after Variable. The rows of a batch do not see each other, so each row pulls a cotangent of its own back over the
/// step, and one sweep serves them all. Allocates nothing once it has seen a step.
template <class Scalar>
class StepJacobian {
 public:
  using Variables = std::span<const Variable<Scalar>>;

  StepJacobian() = default;
  /// For states of such Variables; `parameters`: the θ whose gradients are asked for. Throws ShapeError when the
  /// components cannot be counted.
  explicit StepJacobian(Variables state, std::vector<Parameter<Scalar>*> parameters = {});

  std::size_t components() const { return components_; }
  /// Where a Variable begins among the components. Throws ArgumentError when there is no such Variable.
  std::size_t first_of(std::size_t variable) const {
    detail::expect_place("StepJacobian", "Variable", variable, first_.size() - 1);
    return first_[variable];
  }

  /// Of states as rows [R, S]: the columns of one Variable as a tensor of that Variable's shape, [R, ...].
  Tensor<Scalar> columns(std::size_t variable, const Tensor<Scalar>& rows, const Shape& shape) const;
  /// And back: the numbers of a Variable [R, ...] become its columns of the rows.
  void put_columns(std::size_t variable, TensorView<const Scalar> numbers, Tensor<Scalar>& rows) const;

  /// Sweeps the tape of `after`, the state [R, ...] that was recorded, from `cotangents`, [R, S]: row r of the gradient
  /// of the state before becomes Jᵀ · cotangent r. Throws ShapeError when the state is not of the kind that this was
  /// made for, here and below.
  void sweep(Tape<Scalar>& tape, Variables after, TensorView<const Scalar> cotangents);
  /// The same from unit vectors: row i, one of the first rows, gives row components[i] of J, and a parameter ∂(the sum
  /// of the components)/∂θ. Throws ArgumentError for a component that is not there, or without a row, here and below.
  void sweep(Tape<Scalar>& tape, Variables after, std::span<const std::size_t> components);

  /// After a sweep: the gradients of the parameters, nullptr for zeros.
  std::span<const Scalar* const> gradients() const { return gradients_; }
  /// After a sweep: the gradients of the state before, [R, S].
  void put_rows(Variables before, Tensor<Scalar>& rows) const;
  /// After a sweep from components: these rows of J, [S, S]. A step from no state, whose `before` is empty, puts none.
  void put_rows(Variables before, std::span<const std::size_t> components, Scalar* jacobian) const;

 private:
  void expect_components(std::span<const std::size_t> components) const;
  void expect_state(Variables after);
  void expect_columns(std::size_t variable, const Shape& numbers, const Shape& rows) const;
  void sweep_seeds(Tape<Scalar>& tape);
  void seed(Variable<Scalar> after, std::size_t variable);
  void put_ones(std::span<const std::size_t> components, Scalar number);
  void put_row(Variables before, std::size_t row, Scalar* to) const;
  std::size_t variable_of(std::size_t component) const;
  std::size_t width_of(std::size_t variable) const { return first_[variable + 1] - first_[variable]; }

  std::vector<Parameter<Scalar>*> parameters_;
  std::vector<std::size_t> first_{0};  // and at the end all components
  std::size_t components_ = 0, rows_ = 0;
  std::vector<Scalar> cotangents_;  // [rows, components of the Variable], Variable after Variable; zeros between sweeps
  std::vector<Seed<Scalar>> seeds_;
  std::vector<const Scalar*> gradients_;
};

}  // namespace unroll::inline v0
