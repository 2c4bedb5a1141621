#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace unroll::inline v0 {

/// The numbers that an argument may be: an interval [low, high], whose ends may be open.
///
///     expect_in("dropout", "rate", rate, {.low = 0, .high = 1, .open_high = true});
struct ArgumentRange {
  double low = 0;                                         ///< The least number.
  double high = std::numeric_limits<double>::infinity();  ///< The largest number.
  bool open_low = false;                                  ///< Whether `low` itself is refused.
  bool open_high = false;                                 ///< Whether `high` itself is refused.
};

inline constexpr ArgumentRange not_negative{.open_high = true};                ///< Finite and at least 0.
inline constexpr ArgumentRange positive{.open_low = true, .open_high = true};  ///< Finite and above 0.
inline constexpr ArgumentRange below_one{.high = 1, .open_high = true};        ///< At least 0 and below 1.

/// All finite numbers of a Scalar, of either sign.
template <class Scalar>
constexpr ArgumentRange finite_numbers() {
  using Limits = std::numeric_limits<std::conditional_t<std::is_same_v<Scalar, float>, float, double>>;
  return {.low = static_cast<double>(Limits::lowest()), .high = static_cast<double>(Limits::max())};
}

/// The normal numbers of a Scalar above 0, which have all their digits: a smaller number would lose digits or be
/// rounded to 0, a larger one to infinity.
template <class Scalar>
constexpr ArgumentRange normal_numbers() {
  using Limits = std::numeric_limits<std::conditional_t<std::is_same_v<Scalar, float>, float, double>>;
  return {.low = static_cast<double>(Limits::min()), .high = static_cast<double>(Limits::max())};
}

/// Whether the range holds the value; it never holds NaN.
bool contains(const ArgumentRange& range, double value);

/// "[0, 1)"
std::string to_string(const ArgumentRange& range);

/// Throws ArgumentError, "adam: beta_1 is 1, expected a number in [0, 1)", unless the range holds the value.
void expect_in(std::string_view operation, std::string_view argument, double value, const ArgumentRange& range);

}  // namespace unroll::inline v0
