#pragma once

#include "support/svg.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace support {

/// Builds one SVG element. Lengths are in pixels.
class Canvas {
 public:
  Canvas(double width, double height, std::string_view title);

  void line(Point from, Point to, std::string_view color, double width = 1);
  void polyline(const std::vector<Point>& points, std::string_view color, bool dashed);
  void rectangle(Point corner, double width, double height, std::string_view color, std::string_view tooltip = "");
  /// `anchor` is start, middle or end.
  void text(Point at, std::string_view words, std::string_view anchor = "start", double size = 13, double turned = 0);
  /// 10 to the power of `exponent`.
  void power_of_ten(Point at, int exponent);
  std::string finish();

 private:
  std::string svg_;
};

/// Maps an interval of numbers to an interval of pixels.
struct Axis {
  double low, high;   // numbers
  double begin, end;  // pixels

  double at(double number) const { return begin + (number - low) / (high - low) * (end - begin); }
};

/// Round numbers within an interval, about `count` of them, at least `least` apart.
std::vector<double> ticks(double low, double high, int count, double least = 0);

}  // namespace support
