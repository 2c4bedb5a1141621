#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/training/step_jacobian.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0 {

template <class Scalar>
StepJacobian<Scalar>::StepJacobian(Variables state, std::vector<Parameter<Scalar>*> parameters)
    : parameters_(std::move(parameters)), gradients_(parameters_.size()) {
  for (const Variable<Scalar>& variable : state) {
    if (__builtin_add_overflow(components_, variable.shape().after(0), &components_))
      throw ShapeError(fmt::format(
          "StepJacobian: the rows of the state, the last of it {}, have more components than can be counted (was a "
          "size computed as -1?)",
          to_string(variable.shape())));
    first_.push_back(components_);
  }
}

template <class Scalar>
void StepJacobian<Scalar>::expect_components(std::span<const std::size_t> components) const {
  if (components.size() > rows_)
    throw ArgumentError(
        fmt::format("StepJacobian: {} asked of a recording of {}, expected a row for each (is the batch of "
                    "the step too small?)",
                    counted(components.size(), "component"), counted(rows_, "row")));
  for (const std::size_t component : components)
    detail::expect_index("StepJacobian", "component", component, components_);
}

template <class Scalar>
void StepJacobian<Scalar>::expect_state(Variables after) {
  if (after.size() + 1 != first_.size() || after.empty())
    throw ShapeError(fmt::format("StepJacobian: a state of {} Variables swept, expected {} (is it of another model?)",
                                 after.size(), first_.size() - 1));
  rows_ = after.front().shape()[0];
  for (std::size_t variable = 0; variable < after.size(); ++variable)
    expect_same_shape("StepJacobian: rows of the state", {rows_, width_of(variable)},
                      {after[variable].shape()[0], after[variable].shape().after(0)});
  cotangents_.resize(rows_ * components_);
  seeds_.clear();
}

// ---- states as rows ------------------------------------------------------------------------------------------------

template <class Scalar>
Tensor<Scalar> StepJacobian<Scalar>::columns(std::size_t variable, const Tensor<Scalar>& rows,
                                             const Shape& shape) const {
  expect_columns(variable, shape, rows.shape());
  Tensor<Scalar> numbers(shape);
  Scalar* to = numbers.data();
  for (std::size_t row = 0; row < shape[0]; ++row)
    to = std::copy_n(rows.data() + row * components_ + first_[variable], width_of(variable), to);
  return numbers;
}

template <class Scalar>
void StepJacobian<Scalar>::put_columns(std::size_t variable, TensorView<const Scalar> numbers,
                                       Tensor<Scalar>& rows) const {
  expect_columns(variable, numbers.shape(), rows.shape());
  const std::size_t width = width_of(variable);
  for (std::size_t row = 0; row < rows.shape()[0]; ++row)
    std::copy_n(numbers.data() + row * width, width, rows.data() + row * components_ + first_[variable]);
}

template <class Scalar>
void StepJacobian<Scalar>::expect_columns(std::size_t variable, const Shape& numbers, const Shape& rows) const {
  detail::expect_index("StepJacobian", "Variable", variable, first_.size() - 1);
  expect_same_shape("StepJacobian: rows of a Variable", {rows[0], width_of(variable)}, {numbers[0], numbers.after(0)});
  expect_same_shape("StepJacobian: rows", {rows[0], components_}, rows);
}

// ---- sweeping ------------------------------------------------------------------------------------------------------

template <class Scalar>
void StepJacobian<Scalar>::sweep(Tape<Scalar>& tape, Variables after, TensorView<const Scalar> cotangents) {
  expect_state(after);
  expect_same_shape("StepJacobian: cotangents", {rows_, components_}, cotangents.shape());
  Scalar* to = cotangents_.data();
  for (std::size_t variable = 0; variable < after.size(); ++variable) {
    for (std::size_t row = 0; row < rows_; ++row)
      to = std::copy_n(cotangents.data() + row * components_ + first_[variable], width_of(variable), to);
    seed(after[variable], variable);
  }
  sweep_seeds(tape);
  std::fill(cotangents_.begin(), cotangents_.end(), Scalar{0});
}

template <class Scalar>
void StepJacobian<Scalar>::sweep(Tape<Scalar>& tape, Variables after, std::span<const std::size_t> components) {
  expect_state(after);
  expect_components(components);
  for (std::size_t variable = 0; variable < after.size(); ++variable)
    if (std::any_of(components.begin(), components.end(),
                    [&](std::size_t component) { return variable_of(component) == variable; }))
      seed(after[variable], variable);
  put_ones(components, Scalar{1});
  sweep_seeds(tape);
  put_ones(components, Scalar{0});
}

template <class Scalar>
std::size_t StepJacobian<Scalar>::variable_of(std::size_t component) const {
  return static_cast<std::size_t>(std::upper_bound(first_.begin(), first_.end(), component) - first_.begin()) - 1;
}

/// Sets the cotangent of row i to `number` at components[i].
template <class Scalar>
void StepJacobian<Scalar>::put_ones(std::span<const std::size_t> components, Scalar number) {
  for (std::size_t row = 0; row < components.size(); ++row) {
    const std::size_t variable = variable_of(components[row]), first = first_[variable];
    cotangents_[rows_ * first + row * width_of(variable) + components[row] - first] = number;
  }
}

/// Adds a seed for a Variable, unless it is data and needs no gradient.
template <class Scalar>
void StepJacobian<Scalar>::seed(Variable<Scalar> after, std::size_t variable) {
  if (after.needs_gradient()) seeds_.push_back({after, {cotangents_.data() + rows_ * first_[variable], after.shape()}});
}

/// Without seeds all gradients are zeros: the new state depends on neither the old one nor a parameter.
template <class Scalar>
void StepJacobian<Scalar>::sweep_seeds(Tape<Scalar>& tape) {
  std::fill(gradients_.begin(), gradients_.end(), nullptr);
  if (seeds_.empty()) return;
  tape.set_repeatable(true);
  tape.forget_gradients();
  tape.backward(std::span<const Seed<Scalar>>(seeds_));
  for (std::size_t i = 0; i < parameters_.size(); ++i) gradients_[i] = tape.gradient_of(*parameters_[i]);
}

// ---- the results of a sweep ----------------------------------------------------------------------------------------

template <class Scalar>
void StepJacobian<Scalar>::put_row(Variables before, std::size_t row, Scalar* to) const {
  if (!before.empty()) detail::expect_index("StepJacobian", "Variable", before.size() - 1, first_.size() - 1);
  for (std::size_t variable = 0; variable < before.size(); ++variable) {
    const std::size_t width = width_of(variable);
    if (seeds_.empty())
      to = std::fill_n(to, width, Scalar{0});
    else
      to = std::copy_n(before[variable].gradient().data() + row * width, width, to);
  }
}

template <class Scalar>
void StepJacobian<Scalar>::put_rows(Variables before, Tensor<Scalar>& rows) const {
  expect_same_shape("StepJacobian: rows", {rows_, components_}, rows.shape());
  for (std::size_t row = 0; row < rows_; ++row) put_row(before, row, rows.data() + row * components_);
}

template <class Scalar>
void StepJacobian<Scalar>::put_rows(Variables before, std::span<const std::size_t> components, Scalar* jacobian) const {
  expect_components(components);
  for (std::size_t row = 0; row < components.size(); ++row)
    put_row(before, row, jacobian + components[row] * components_);
}

template class StepJacobian<float>;
template class StepJacobian<double>;

}  // namespace unroll::inline v0
