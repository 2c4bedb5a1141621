#pragma once

#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/lengths.hpp>

namespace unroll::inline v0 {

/// The size of a Standardization.
struct StandardizationOptions {
  std::size_t width;  ///< D, the columns
};

/// Brings each column of the data to mean 0 and deviation 1, (x - mean) / deviation, as a network learns best from.
/// Make it from the data of the training part alone, so that nothing of the held-out part leaks into training, and keep
/// it in the model, whose file then keeps its numbers:
///
///     Standardization standardize(training_data);  // [T, N, D], say
///     const Tensor<> inputs = standardize(training_data), held_out = standardize(held_out_data);
///     const Tensor<> forecast = standardize.inverse(predictions);  // in the units of the data
///
/// Its parameters are frozen: nothing learns them, and no optimizer changes them.
template <class Scalar = float>
struct Standardization {
  using Options = StandardizationOptions;  ///< for module_from

  Parameter<Scalar> mean;       ///< [D]
  Parameter<Scalar> deviation;  ///< [D], above 0

  Standardization() = default;
  /// Means of 0 and deviations of 1, to load others into. Throws ArgumentError for a width of 0.
  explicit Standardization(const StandardizationOptions& options);
  /// The means and the deviations of data [..., D]: √(Σ (x - mean)² / count), counted in double. A column that varies
  /// by no more than its numbers are rounded by, as a constant one, gets a deviation of 1, and so becomes 0. With
  /// lengths, for data [T, N, ..., D], only the steps that exist count. Throws ShapeError for data without axes,
  /// ArgumentError for data without rows or columns, NumericalError for a number that is not finite, and what
  /// expect_lengths throws.
  explicit Standardization(TensorView<const Scalar> data, Lengths lengths = {});
  /// The same for a Tensor.
  explicit Standardization(const Tensor<Scalar>& data, Lengths lengths = {}) : Standardization(data.view(), lengths) {}
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit Standardization(const Standardization<Other>& other) : mean(other.mean), deviation(other.deviation) {}

  /// (x - mean) / deviation: [..., D] -> the same. Throws ShapeError for another width.
  Variable<Scalar> operator()(Variable<Scalar> x, CallSite site = CallSite::current()) const;
  /// The same for data, before any tape sees it.
  Tensor<Scalar> operator()(const Tensor<Scalar>& x) const;

  /// The way back, y · deviation + mean: [..., D] -> the same. Throws ShapeError for another width.
  Variable<Scalar> inverse(Variable<Scalar> y, CallSite site = CallSite::current()) const;
  /// The same for numbers.
  Tensor<Scalar> inverse(const Tensor<Scalar>& y) const;

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) {
    visit("mean", self.mean);
    visit("deviation", self.deviation);
  }
};

extern template struct Standardization<float>;
extern template struct Standardization<double>;
extern template struct Standardization<DualNumber>;

}  // namespace unroll::inline v0
