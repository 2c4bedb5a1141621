#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace unroll::inline v0 {

/// An amount of training: how long it lasts, or how much of it lies between two evaluations. Of several limits the
/// first one reached counts; empty ones do not.
///
///     {.epochs = 10}  {.updates = 5000}  {.epochs = 100, .seconds = 3600}
struct TrainingAmount {
  std::optional<double> epochs = {};          ///< Passes over the data; above 0.
  std::optional<std::uint64_t> updates = {};  ///< Updates of the weights; above 0.
  std::optional<std::uint64_t> items = {};    ///< Examples, or tokens: what the loss is the mean over; above 0.
  std::optional<double> seconds = {};         ///< Time by the clock; above 0.

  bool empty() const { return !epochs && !updates && !items && !seconds; }  ///< Whether it has no limit.
};

/// How much training there has been.
struct TrainingSpent {
  double epochs = 0;          ///< As in TrainingAmount.
  std::uint64_t updates = 0;  ///< As in TrainingAmount.
  std::uint64_t items = 0;    ///< As in TrainingAmount.
  double seconds = 0;         ///< As in TrainingAmount.

  /// What there has been since an earlier time.
  TrainingSpent since(const TrainingSpent& earlier) const {
    return {epochs - earlier.epochs, updates - earlier.updates, items - earlier.items, seconds - earlier.seconds};
  }
};

/// The fraction of an amount that is spent: 1 when its first limit has just been reached; 0 for an amount without
/// limits.
double fraction_of(const TrainingAmount& amount, const TrainingSpent& spent);

/// Throws ArgumentError, "trainer: budget.epochs is 0, expected a number in (0, inf)", for a limit that is not above 0.
void expect_amount(std::string_view operation, std::string_view name, const TrainingAmount& amount);

}  // namespace unroll::inline v0
