#pragma once

#include <string>
#include <vector>

/// Charts of gradient flow as SVG elements, beside those of unroll::charts.
namespace unroll::inline v0::flow {

/// A part of a heat map.
struct Rectangle {
  double x_begin,  ///< Its left side,
      x_end,       ///< its right side,
      y_begin,     ///< its lower side,
      y_end,       ///< and its upper side.
      value;       ///< What its color says.
};

/// Rectangles colored by the logarithm of their value: blue below 1, white at 1, red above. `decades` is how far the
/// scale reaches to either side; give maps that the reader compares the same number.
struct HeatMap {
  std::string title,                  ///< Above it.
      x_label,                        ///< Below it.
      y_label,                        ///< On its left.
      value_label;                    ///< Beside the scale of colors.
  std::vector<Rectangle> rectangles;  ///< They may leave gaps.
  double decades;                     ///< How far the scale reaches from 1, in powers of ten.
};
/// The map as SVG.
std::string draw(const HeatMap& map);

/// A bar of three parts, below, between and above, as fractions of 1.
struct Bar {
  std::string name;  ///< On its left.
  double low,        ///< The part below,
      high;          ///< and that above.
};
/// Such bars, one below the other.
struct FractionBars {
  std::string title,      ///< Above them.
      x_label,            ///< Below them.
      low_label,          ///< What the parts below are,
      middle_label,       ///< those between,
      high_label;         ///< and those above.
  std::vector<Bar> bars;  ///< From the top.
};
/// The bars as SVG.
std::string draw(const FractionBars& bars);

}  // namespace unroll::inline v0::flow
