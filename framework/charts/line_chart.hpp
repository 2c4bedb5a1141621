#pragma once

#include <unroll/framework/charts/svg_canvas.hpp>

#include <optional>
#include <string>
#include <vector>

namespace unroll::inline v0::charts {

/// From where to where a number went at a place of the other axis.
struct Range {
  double x /**< the place */, low /**< the least number */, high /**< the greatest number */;
};

/// A line, with the ranges around it that are shaded.
struct Series {
  std::string name;                ///< For the legend.
  std::size_t color;               ///< As `color` counts.
  bool dashed = false;             ///< Rather than whole.
  std::vector<Point> points;       ///< From left to right.
  std::vector<Range> ranges = {};  ///< From left to right.
};

/// A place on the x axis, with a text that shows when the pointer rests on it.
struct Mark {
  double x;             ///< The place.
  std::string tooltip;  ///< The text.
};

/// A point with words beside it.
struct Label {
  Point point;        ///< In the numbers of the chart.
  std::string text;   ///< The words.
  std::size_t color;  ///< As `color` counts.
};

/// How numbers are laid out on the y axis.
enum class Scale {
  logarithmic,  ///< Powers of ten; only numbers above 0.
  linear        ///< As they are.
};

/// Where the names of the series stand.
enum class Legend {
  right,  ///< One below the other.
  above   ///< In a row, for few of them.
};

/// Lines over a linear x axis. A number that cannot be drawn (NaN, infinite, beyond 1e100, or not above 0 on a
/// logarithmic axis) leaves a gap. Any text is escaped; it must be valid UTF-8.
struct LineChart {
  std::string title;  ///< Above the chart.
  std::string x_label /**< below */, y_label /**< at the left */;
  std::vector<Series> series;        ///< The lines.
  Scale scale = Scale::logarithmic;  ///< Of the y axis.
  Legend legend = Legend::right;     ///< Of the series.
  std::vector<Mark> marks = {};      ///< Dots on the x axis.
  std::string marks_name = {};       ///< For the legend, if there are marks.
  Extent x_range = {};               ///< What the x axis holds besides the numbers.
  std::optional<Label> label = {};   ///< A point of interest.
};

/// The chart as an SVG element.
std::string draw(const LineChart& chart);

}  // namespace unroll::inline v0::charts
