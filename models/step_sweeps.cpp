#include <unroll/framework/counted.hpp>
#include <unroll/framework/error.hpp>
#include <unroll/models/step_sweeps.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0 {

template <class Scalar>
StepSweeps<Scalar>::StepSweeps(Variables state, std::vector<Parameter<Scalar>*> parameters)
    : parameters_(std::move(parameters)), gradients_(parameters_.size()) {
  for (const Variable<Scalar>& variable : state) {
    if (__builtin_add_overflow(components_, variable.shape().after(0), &components_))
      throw ShapeError(fmt::format(
          "StepSweeps: the rows of the state, the last of it {}, have more components than can be counted (was a size "
          "computed as -1?)",
          to_string(variable.shape())));
    first_.push_back(components_);
  }
}

template <class Scalar>
void StepSweeps<Scalar>::expect_components(std::span<const std::size_t> components) const {
  if (components.size() > rows_)
    throw ArgumentError(
        fmt::format("StepSweeps: {} asked of a recording of {}, expected a row for each (is the batch of "
                    "the step too small?)",
                    counted(components.size(), "component"), counted(rows_, "row")));
  for (const std::size_t component : components)
    detail::expect_place("StepSweeps", "component", component, components_);
}

template <class Scalar>
std::size_t StepSweeps<Scalar>::variable_of(std::size_t component) const {
  return static_cast<std::size_t>(std::upper_bound(first_.begin(), first_.end(), component) - first_.begin()) - 1;
}

/// Row i asks for components[i].
template <class Scalar>
void StepSweeps<Scalar>::put_ones(std::span<const std::size_t> components, Scalar number) {
  for (std::size_t row = 0; row < components.size(); ++row) {
    const std::size_t variable = variable_of(components[row]);
    const std::size_t first = first_[variable], width = first_[variable + 1] - first;
    cotangents_[rows_ * first + row * width + components[row] - first] = number;
  }
}

/// Whether there is anything to sweep: a component that is data has no gradient.
template <class Scalar>
bool StepSweeps<Scalar>::seed(Variables after, std::span<const std::size_t> components) {
  if (after.size() + 1 != first_.size() || after.empty())
    throw ShapeError(fmt::format("StepSweeps: a state of {} Variables swept, expected {} (is it of another model?)",
                                 after.size(), first_.size() - 1));
  rows_ = after.front().shape()[0];
  for (std::size_t variable = 0; variable < after.size(); ++variable)
    expect_same_shape("StepSweeps: rows of the state", {rows_, first_[variable + 1] - first_[variable]},
                      {after[variable].shape()[0], after[variable].shape().after(0)});
  expect_components(components);
  cotangents_.resize(rows_ * components_);
  seeds_.clear();
  for (std::size_t variable = 0; variable < after.size(); ++variable) {
    const bool asked = std::any_of(components.begin(), components.end(),
                                   [&](std::size_t component) { return variable_of(component) == variable; });
    if (asked && after[variable].needs_gradient())
      seeds_.push_back({after[variable], {cotangents_.data() + rows_ * first_[variable], after[variable].shape()}});
  }
  return !seeds_.empty();
}

template <class Scalar>
void StepSweeps<Scalar>::sweep(Tape<Scalar>& tape, Variables after, std::span<const std::size_t> components) {
  swept_ = seed(after, components);
  std::fill(gradients_.begin(), gradients_.end(), nullptr);
  if (!swept_) return;
  tape.set_repeatable(true);
  tape.forget_gradients();
  put_ones(components, Scalar{1});
  tape.backward(std::span<const Seed<Scalar>>(seeds_));
  put_ones(components, Scalar{0});
  for (std::size_t i = 0; i < parameters_.size(); ++i) gradients_[i] = tape.gradient_of(*parameters_[i]);
}

template <class Scalar>
void StepSweeps<Scalar>::put_rows(Variables before, std::span<const std::size_t> components, Scalar* jacobian) const {
  expect_components(components);
  if (!before.empty()) detail::expect_place("StepSweeps", "Variable", before.size() - 1, first_.size() - 1);
  for (std::size_t variable = 0; variable < before.size(); ++variable) {
    const std::size_t width = first_[variable + 1] - first_[variable];
    const Scalar* const gradient = swept_ ? before[variable].gradient().data() : nullptr;
    for (std::size_t row = 0; row < components.size(); ++row) {
      Scalar* const to = jacobian + components[row] * components_ + first_[variable];
      if (swept_)
        std::copy_n(gradient + row * width, width, to);
      else
        std::fill_n(to, width, Scalar{0});
    }
  }
}

template class StepSweeps<float>;
template class StepSweeps<double>;

}  // namespace unroll::inline v0
