#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>

#include <fmt/format.h>

#include <cmath>

namespace unroll::inline v0 {

bool contains(const ArgumentRange& interval, double value) {
  // Comparisons with NaN are false, so the range never holds it.
  const bool above = interval.open_low ? value > interval.low : value >= interval.low;
  const bool below = interval.open_high ? value < interval.high : value <= interval.high;
  return above && below;
}

std::string to_string(const ArgumentRange& interval) {
  const auto text = [](double end) {
    return std::isinf(end) ? std::string(end < 0 ? "-infinity" : "infinity") : fmt::format("{}", end);
  };
  return fmt::format("{}{}, {}{}", interval.open_low ? '(' : '[', text(interval.low), text(interval.high),
                     interval.open_high ? ')' : ']');
}

void expect_in(std::string_view operation, std::string_view argument, double value, const ArgumentRange& interval) {
  if (contains(interval, value)) return;
  throw ArgumentError(
      fmt::format("{}: {} is {}, expected a number in {}", operation, argument, value, to_string(interval)));
}

}  // namespace unroll::inline v0
