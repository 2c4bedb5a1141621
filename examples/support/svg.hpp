#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Charts as SVG elements for a page, without script, style sheet or network. Numbers that cannot be drawn (NaN,
/// infinite, or not above 0 on a logarithmic axis) leave a gap.
namespace support {

/// Escapes text for XML: &, <, > and quotes become entities, control characters U+FFFD. The text must be valid UTF-8.
std::string escape(std::string_view text);

/// The color of the n-th line or bar (Okabe and Ito 2008, without yellow), which color-blind readers can tell apart
/// too.
std::string_view color(std::size_t n);

struct Point {
  double x, y;
};

struct Series {
  std::string name;
  std::size_t color;
  bool dashed = false;
  std::vector<Point> points;
};

/// Lines over a linear axis; the other one is logarithmic.
struct LineChart {
  std::string title, x_label, y_label;
  std::vector<Series> series;
};
std::string draw(const LineChart& chart);

struct Rectangle {
  double x_begin, x_end, y_begin, y_end, value;
};

/// Rectangles colored by the logarithm of their value: blue below 1, white at 1, red above. `decades` is how far the
/// scale reaches to either side; give maps that the reader compares the same number.
struct HeatMap {
  std::string title, x_label, y_label, value_label;
  std::vector<Rectangle> rectangles;
  double decades;
};
std::string draw(const HeatMap& map);

/// A bar of three parts, below, between and above, as fractions of 1.
struct Bar {
  std::string name;
  double low, high;
};
struct FractionBars {
  std::string title, x_label, low_label, middle_label, high_label;
  std::vector<Bar> bars;
};
std::string draw(const FractionBars& bars);

}  // namespace support
