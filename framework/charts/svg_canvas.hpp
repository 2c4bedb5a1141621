#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Charts as SVG elements for a page, without script, style sheet or network. Text and axes have the color of the text
/// around them, so that a chart is readable on a light page and on a dark one.
namespace unroll::inline v0::charts {

/// Escapes text for XML: &, <, > and quotes become entities, control characters U+FFFD. The text must be valid UTF-8.
std::string escape(std::string_view text);

/// The color of the n-th line or bar (Okabe and Ito 2008, without yellow), which color-blind readers can tell apart
/// too.
std::string_view color(std::size_t n);

/// A place, in pixels or in the numbers of a chart.
struct Point {
  double x /**< to the right */, y /**< in pixels downward, in a chart upward */;
};

/// Builds one SVG element. Lengths are in pixels. Colors are SVG's; "currentColor" is that of the text.
class SvgCanvas {
 public:
  /// A canvas with its title at the top. Text is escaped.
  SvgCanvas(double width, double height, std::string_view title);

  /// A line of the axes.
  void axis_line(Point from, Point to);
  /// A faint line behind the curves.
  void grid_line(Point from, Point to);
  /// A curve; a single point becomes a dot.
  void polyline(const std::vector<Point>& points, std::string_view color, bool dashed);
  /// A faint area, such as a range around a curve.
  void polygon(const std::vector<Point>& corners, std::string_view color);
  /// A ring around a point, and a dot with a text that shows when the pointer rests on it.
  void ring(Point center, std::string_view color);
  void dot(Point center, std::string_view color, std::string_view tooltip);  ///< As above.
  /// A rectangle from its upper left corner on, with a text that shows when the pointer rests on it.
  void rectangle(Point corner, double width, double height, std::string_view color, std::string_view tooltip = "");
  /// Text, which is escaped. `anchor` is start, middle or end; `turned` is clockwise in degrees.
  void text(Point at, std::string_view words, std::string_view anchor = "start", double size = 13, double turned = 0);
  /// 10 to the power of `exponent`, which ends at this point.
  void power_of_ten(Point at, int exponent);
  /// The whole element; call it once.
  std::string finish();

 private:
  std::string svg_;
};

/// Maps an interval of numbers to an interval of pixels.
struct Axis {
  double low /**< the first number */, high /**< the last number */;
  double begin /**< the first pixel */, end /**< the last pixel */;

  /// The pixel of a number.
  double at(double number) const { return begin + (number - low) / (high - low) * (end - begin); }
};

/// The smallest interval that holds some numbers.
struct Extent {
  double low /**< the least number */, high /**< the greatest number */;

  Extent();                     ///< Of no number.
  void include(double number);  ///< Holds this one too.
  /// Makes room around a single number, and around `otherwise` if there is none.
  void widen(double otherwise);
};

/// Round numbers within an interval, about `count` of them, at least `least` apart.
std::vector<double> ticks(double low, double high, int count, double least = 0);

/// A number of an axis in few letters: "0.25", "2.5 M" of two and a half million.
std::string tick_label(double number);

}  // namespace unroll::inline v0::charts
