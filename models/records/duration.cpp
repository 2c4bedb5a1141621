#include <unroll/models/records/duration.hpp>

#include <fmt/format.h>

#include <cmath>

namespace unroll::inline v0 {

std::string format_duration(double seconds) {
  if (!(seconds >= 0 && seconds < 3.6e8)) return "?";
  const auto whole = std::llround(seconds);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace unroll::inline v0
