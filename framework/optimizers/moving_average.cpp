#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/optimizers/moving_average.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0 {

template <class Scalar>
MovingAverage<Scalar>::MovingAverage(double decay) : decay_(decay) {
  expect_in("moving_average", "decay", decay, below_one);
}

template <class Scalar>
void MovingAverage<Scalar>::bind(const Parameters<Scalar>& parameters) {
  if (!slots_.empty()) return expect("bind", parameters);
  for (const auto& [name, parameter] : parameters) slots_.push_back({name, parameter->value()});
}

template <class Scalar>
void MovingAverage<Scalar>::expect(const char* operation, const Parameters<Scalar>& parameters) const {
  if (parameters.size() != slots_.size())
    throw ArgumentError(fmt::format("moving_average: {} of {} given, but it was made for {}", operation,
                                    counted(parameters.size(), "parameter"), slots_.size()));
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (parameters[i].name != slots_[i].name || parameters[i].parameter->shape() != slots_[i].average.shape())
      throw ArgumentError(
          fmt::format("moving_average: {} of the parameter {} of shape {}, but it was made for {} of "
                      "shape {} (another model?)",
                      operation, quoted(parameters[i].name), to_string(parameters[i].parameter->shape()),
                      quoted(slots_[i].name), to_string(slots_[i].average.shape())));
}

template <class Scalar>
void MovingAverage<Scalar>::add(const Parameters<Scalar>& parameters) {
  bind(parameters);
  ++updates_;
  const auto updates = static_cast<double>(updates_);
  const auto kept = static_cast<Scalar>(std::min(decay_, (1 + updates) / (10 + updates)));
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Scalar* const value = parameters[i].parameter->value().data();
    Scalar* const average = slots_[i].average.data();
    // In this form the average of what does not change is exact.
    for (std::size_t k = 0; k < slots_[i].average.size(); ++k) average[k] += (1 - kept) * (value[k] - average[k]);
  }
}

template <class Scalar>
void MovingAverage<Scalar>::exchange(const Parameters<Scalar>& parameters) {
  if (slots_.empty()) return;
  expect("exchange", parameters);
  for (std::size_t i = 0; i < slots_.size(); ++i)
    std::swap_ranges(slots_[i].average.begin(), slots_[i].average.end(),
                     parameters[i].parameter->mutable_value().begin());
}

template class MovingAverage<float>;
template class MovingAverage<double>;

}  // namespace unroll::inline v0
