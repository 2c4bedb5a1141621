#pragma once

#include <string>
#include <vector>

/// Charts of gradient flow as SVG elements, beside those of unroll::charts.
namespace support {

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
