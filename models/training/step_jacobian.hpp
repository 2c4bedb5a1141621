#pragma once

#include <unroll/framework/errors/sizes.hpp>
#include <unroll/framework/tape/tape.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace unroll::inline v0 {

/// The Jacobians J = ∂state'/∂state and ∂state'/∂θ of one recorded step of a recurrent network, by reverse sweeps. A
/// state counts as a vector: the S numbers in one row of its Variables [R, ...] are its components, Variable after
/// Variable. The rows of a batch do not depend on each other, so one sweep pulls R cotangents back over the step, one
/// in each row. After the first step it allocates nothing. RTRL and the analysis of gradient flow both use it.
template <class Scalar>
class StepJacobian {
 public:
  using Variables = std::span<const Variable<Scalar>>;  ///< those of a state, in the order of its members

  StepJacobian() = default;
  /// For states with Variables of these shapes; `parameters` are the θ whose gradients a sweep finds, too. Throws
  /// ShapeError when there are more components than can be counted.
  explicit StepJacobian(Variables state, std::vector<Parameter<Scalar>*> parameters = {});

  std::size_t components() const { return components_; }  ///< S
  /// The component with which a Variable begins. Throws ArgumentError when there is no such Variable.
  std::size_t first_of(std::size_t variable) const {
    detail::expect_index("StepJacobian", "Variable", variable, first_.size() - 1);
    return first_[variable];
  }

  /// Copies the columns of one Variable out of states as rows [R, S]: a tensor of that Variable's shape, [R, ...].
  /// Throws ShapeError when shapes do not fit, here and below.
  Tensor<Scalar> columns(std::size_t variable, const Tensor<Scalar>& rows, const Shape& shape) const;
  /// Copies the numbers of a Variable [R, ...] to its columns of the rows.
  void put_columns(std::size_t variable, TensorView<const Scalar> numbers, Tensor<Scalar>& rows) const;

  /// Sweeps the tape of the recorded state `after` [R, ...] from `cotangents` [R, S]: row r of the gradient of the
  /// state before becomes Jᵀ · cotangent r. Throws ShapeError when the state has other Variables than the constructor
  /// was given, here and below.
  void sweep(Tape<Scalar>& tape, Variables after, TensorView<const Scalar> cotangents);
  /// The same from unit vectors: row i of the batch yields row components[i] of J, and the gradient of a parameter is
  /// ∂(the sum of the components)/∂θ. Throws ArgumentError for a component that does not exist, and for more components
  /// than rows, here and below.
  void sweep(Tape<Scalar>& tape, Variables after, std::span<const std::size_t> components);

  /// After a sweep: the gradients of the parameters; nullptr stands for zeros.
  std::span<const Scalar* const> gradients() const { return gradients_; }
  /// After a sweep: copies the gradients of the state before to `rows`, [R, S].
  void put_rows(Variables before, Tensor<Scalar>& rows) const;
  /// After a sweep from components: copies these rows of J to `jacobian`, [S, S]. With an empty `before` (the first
  /// state, which depends on parameters only) it copies nothing.
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
  std::vector<std::size_t> first_{0};  // first_of each Variable, and behind them components_
  std::size_t components_ = 0, rows_ = 0;
  std::vector<Scalar> cotangents_;  // [rows, components of the Variable], Variable after Variable; zeros between sweeps
  std::vector<Seed<Scalar>> seeds_;
  std::vector<const Scalar*> gradients_;
};

}  // namespace unroll::inline v0
