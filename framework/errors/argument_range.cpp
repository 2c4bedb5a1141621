#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>

#include <fmt/format.h>

#include <cmath>

namespace unroll::inline v0 {

bool contains(const ArgumentRange& range, double value) {
  // Comparisons with NaN are false, so the range never holds it.
  const bool above = range.open_low ? value > range.low : value >= range.low;
  const bool below = range.open_high ? value < range.high : value <= range.high;
  return above && below;
}

std::string to_string(const ArgumentRange& range) {
  const auto text = [](double end) {
    return std::isinf(end) ? std::string(end < 0 ? "-infinity" : "infinity") : fmt::format("{}", end);
  };
  return fmt::format("{}{}, {}{}", range.open_low ? '(' : '[', text(range.low), text(range.high),
                     range.open_high ? ')' : ']');
}

void expect_in(std::string_view operation, std::string_view argument, double value, const ArgumentRange& range) {
  if (contains(range, value)) return;
  throw ArgumentError(
      fmt::format("{}: {} is {}, expected a number in {}", operation, argument, value, to_string(range)));
}

}  // namespace unroll::inline v0
