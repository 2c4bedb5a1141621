#pragma once

#include <string>

namespace unroll::inline v0 {

/// Seconds as a clock shows them: "0:59", "12:34", "1:02:03"; "?" for what is negative, NaN or beyond 100 000 hours.
std::string format_duration(double seconds);

}  // namespace unroll::inline v0
