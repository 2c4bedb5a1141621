#pragma once

#include <unroll/framework/tape.hpp>
#include <unroll/models/sizes.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace unroll::inline v0 {

/// The Jacobians of one recorded step of a recurrent network, a sweep at a time. The step is recorded on a
/// tape with a batch of equal rows. Since the rows of a batch do not see each other, one sweep that starts at component
/// a of row 0, b of row 1, ... gives ∂a/∂state in row 0 of the gradient of the state before, ∂b/∂state in row 1, ...,
/// and ∂(a + b + ...)/∂θ at the parameters. Allocates nothing once it has seen a step.
template <class Scalar>
class StepSweeps {
 public:
  using Variables = std::span<const Variable<Scalar>>;

  StepSweeps() = default;
  /// `state`: its Variables [N, ...], of which the numbers of one row are the components; `parameters`: those that ask.
  /// Throws ShapeError when the components cannot be counted.
  StepSweeps(Variables state, std::vector<Parameter<Scalar>*> parameters);

  std::size_t components() const { return components_; }
  /// Where a Variable begins among the components. Throws ArgumentError when there is no such Variable.
  std::size_t first_of(std::size_t variable) const {
    detail::expect_place("StepSweeps", "Variable", variable, first_.size() - 1);
    return first_[variable];
  }

  /// Sweeps the tape of `after`, the state that was recorded; components[i] is taken from its row i. Throws ShapeError
  /// when it is not the state that this was made for, and ArgumentError for a component that is not there, or without a
  /// row, here and below.
  void sweep(Tape<Scalar>& tape, Variables after, std::span<const std::size_t> components);
  /// After it: the gradients of the parameters, nullptr for zeros.
  std::span<const Scalar* const> gradients() const { return gradients_; }
  /// After it: rows components[i] of ∂after/∂before, [S, S].
  void put_rows(Variables before, std::span<const std::size_t> components, Scalar* jacobian) const;

 private:
  void expect_components(std::span<const std::size_t> components) const;
  bool seed(Variables after, std::span<const std::size_t> components);
  void put_ones(std::span<const std::size_t> components, Scalar number);
  std::size_t variable_of(std::size_t component) const;

  std::vector<Parameter<Scalar>*> parameters_;
  std::vector<std::size_t> first_{0};  // and at the end all components
  std::size_t components_ = 0, rows_ = 0;
  bool swept_ = false;              // there was something to sweep
  std::vector<Scalar> cotangents_;  // [rows, components of the Variable], Variable after Variable
  std::vector<Seed<Scalar>> seeds_;
  std::vector<const Scalar*> gradients_;
};

}  // namespace unroll::inline v0
