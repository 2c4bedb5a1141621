#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace unroll::inline v0 {

/// The numbers that an argument may be: [low, high], with each end open when said so.
///
///     expect_in("dropout", "rate", rate, {.low = 0, .high = 1, .open_high = true});
struct Interval {
  double low = 0;
  double high = std::numeric_limits<double>::infinity();
  bool open_low = false;
  bool open_high = false;
};

/// Finite and at least 0; finite and above 0; at least 0 and below 1.
inline constexpr Interval not_negative{.open_high = true};
inline constexpr Interval positive{.open_low = true, .open_high = true};
inline constexpr Interval below_one{.high = 1, .open_high = true};

/// What a Scalar holds of either sign.
template <class Scalar>
constexpr Interval finite_numbers() {
  using Limits = std::numeric_limits<std::conditional_t<std::is_same_v<Scalar, float>, float, double>>;
  return {.low = static_cast<double>(Limits::lowest()), .high = static_cast<double>(Limits::max())};
}

/// What a Scalar holds above 0 with all its digits: a number below would be rounded to 0, one beyond to infinity.
template <class Scalar>
constexpr Interval normal_numbers() {
  using Limits = std::numeric_limits<std::conditional_t<std::is_same_v<Scalar, float>, float, double>>;
  return {.low = static_cast<double>(Limits::min()), .high = static_cast<double>(Limits::max())};
}

/// Whether the interval holds the value; it never holds NaN.
bool contains(const Interval& interval, double value);

/// "[0, 1)"
std::string to_string(const Interval& interval);

/// Throws ArgumentError, "adam: beta_1 is 1, expected a number in [0, 1)", unless the interval holds the value.
void expect_in(std::string_view operation, std::string_view argument, double value, const Interval& interval);

}  // namespace unroll::inline v0
