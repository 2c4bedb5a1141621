#include <unroll/framework/charts/line_chart.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace unroll::inline v0::charts {

namespace {

constexpr std::size_t mark_color = 7;
constexpr double largest = 1e100;  // the difference of two larger numbers may be infinite

/// Where a chart's lines are, and how numbers become pixels.
struct Plot {
  Scale scale;
  double left, right, top, bottom;  // pixels
  Axis x{}, y{};                    // y maps logarithms to base ten on a logarithmic scale

  bool can_be_drawn(double number) const {
    return std::abs(number) < largest && (scale == Scale::linear || number > 0);
  }
  double height_of(double number) const { return scale == Scale::linear ? number : std::log10(number); }
  Point at(double across, double number) const { return {x.at(across), y.at(height_of(number))}; }
};

Plot plot_of(const LineChart& chart, double width, double height) {
  const bool right = chart.legend == Legend::right;
  Plot plot{.scale = chart.scale,
            .left = 92,
            .right = width - (right ? 300 : 24),
            .top = right ? 40. : 66.,
            .bottom = height - 56};
  Extent xs = chart.x_range, ys;
  const auto include = [&](double number) {
    if (plot.can_be_drawn(number)) ys.include(plot.height_of(number));
  };
  for (const Series& series : chart.series) {
    for (const auto& [at, number] : series.points) xs.include(at), include(number);
    for (const auto& [at, low, high] : series.ranges) xs.include(at), include(low), include(high);
  }
  for (const Mark& mark : chart.marks) xs.include(mark.x);
  xs.widen(0), ys.widen(0);
  if (const double lacks = 1 - (ys.high - ys.low); plot.scale == Scale::logarithmic && lacks > 0)
    ys.low -= lacks / 2, ys.high += lacks / 2;  // a power of ten, so that the axis has a number
  const double margin = 0.03 * (ys.high - ys.low);
  plot.x = {xs.low, xs.high, plot.left, plot.right};
  plot.y = {ys.low - margin, ys.high + margin, plot.bottom, plot.top};
  return plot;
}

void draw_x_axis(SvgCanvas& canvas, const Plot& plot, const std::string& label) {
  for (const double tick : ticks(plot.x.low, plot.x.high, 10, 1)) {
    canvas.grid_line({plot.x.at(tick), plot.top}, {plot.x.at(tick), plot.bottom});
    canvas.text({plot.x.at(tick), plot.bottom + 18}, tick_label(tick), "middle");
  }
  canvas.axis_line({plot.left, plot.bottom}, {plot.right, plot.bottom});
  canvas.text({(plot.left + plot.right) / 2, plot.bottom + 40}, label, "middle", 14);
}

void draw_power_ticks(SvgCanvas& canvas, const Plot& plot) {
  for (const double tick : ticks(plot.y.low, plot.y.high, 9, 1)) {
    canvas.grid_line({plot.left, plot.y.at(tick)}, {plot.right, plot.y.at(tick)});
    canvas.power_of_ten({plot.left - 8, plot.y.at(tick) + 4}, static_cast<int>(std::lround(tick)));
  }
  if (plot.y.high - plot.y.low > 2.5) return;  // room for numbers between powers of ten
  for (double power = std::floor(plot.y.low); power <= plot.y.high; ++power)
    for (const double factor : {2, 5}) {
      const double tick = power + std::log10(factor);
      if (tick < plot.y.low || tick > plot.y.high) continue;
      canvas.grid_line({plot.left, plot.y.at(tick)}, {plot.right, plot.y.at(tick)});
      canvas.text({plot.left - 8, plot.y.at(tick) + 4}, tick_label(factor * std::pow(10, power)), "end");
    }
}

void draw_y_axis(SvgCanvas& canvas, const Plot& plot, const std::string& label) {
  if (plot.scale == Scale::logarithmic)
    draw_power_ticks(canvas, plot);
  else
    for (const double tick : ticks(plot.y.low, plot.y.high, 6)) {
      canvas.grid_line({plot.left, plot.y.at(tick)}, {plot.right, plot.y.at(tick)});
      canvas.text({plot.left - 8, plot.y.at(tick) + 4}, tick_label(tick), "end");
    }
  canvas.axis_line({plot.left, plot.y.begin}, {plot.left, plot.y.end});
  canvas.text({plot.left - 70, (plot.y.begin + plot.y.end) / 2}, label, "middle", 14, -90);
}

/// Calls `visit(begin, end)` for the longest runs of elements that can be drawn.
template <class Element>
void for_each_run(const std::vector<Element>& elements, auto&& can_be_drawn, auto&& visit) {
  for (auto begin = elements.begin(); begin != elements.end();) {
    begin = std::find_if(begin, elements.end(), can_be_drawn);
    const auto end = std::find_if_not(begin, elements.end(), can_be_drawn);
    if (begin != end) visit(begin, end);
    begin = end;
  }
}

void draw_ranges(SvgCanvas& canvas, const Series& series, const Plot& plot) {
  const auto drawn = [&](const Range& range) { return plot.can_be_drawn(range.low) && plot.can_be_drawn(range.high); };
  for_each_run(series.ranges, drawn, [&](auto begin, auto end) {
    if (end - begin < 2) return;
    std::vector<Point> corners;
    for (auto range = begin; range != end; ++range) corners.push_back(plot.at(range->x, range->high));
    for (auto range = end; range != begin;) --range, corners.push_back(plot.at(range->x, range->low));
    canvas.polygon(corners, color(series.color));
  });
}

void draw_line(SvgCanvas& canvas, const Series& series, const Plot& plot) {
  const auto drawn = [&](const Point& point) { return plot.can_be_drawn(point.y); };
  for_each_run(series.points, drawn, [&](auto begin, auto end) {
    std::vector<Point> line;
    for (auto point = begin; point != end; ++point) line.push_back(plot.at(point->x, point->y));
    canvas.polyline(line, color(series.color), series.dashed);
  });
}

void draw_legend(SvgCanvas& canvas, const LineChart& chart, const Plot& plot) {
  const bool right = chart.legend == Legend::right;
  Point at = right ? Point{plot.right + 16, plot.top + 8} : Point{plot.left, 46};
  const auto name = [&](const std::string& text) {
    canvas.text({at.x + 38, at.y + 4}, text);
    at = right ? Point{at.x, at.y + 22} : Point{at.x + 80 + 7.2 * static_cast<double>(text.size()), at.y};
  };
  for (const Series& series : chart.series) {
    canvas.polyline({at, {at.x + 30, at.y}}, color(series.color), series.dashed);
    name(series.name);
  }
  if (chart.marks.empty()) return;
  canvas.dot({at.x + 15, at.y}, color(mark_color), chart.marks_name);
  name(chart.marks_name);
}

void draw_label(SvgCanvas& canvas, const Label& label, const Plot& plot) {
  if (!plot.can_be_drawn(label.point.y)) return;
  const Point at = plot.at(label.point.x, label.point.y);
  const bool is_left = at.x < (plot.left + plot.right) / 2;
  canvas.ring(at, color(label.color));
  canvas.text({at.x + (is_left ? 10 : -10), std::max(at.y - 10, plot.top + 12)}, label.text, is_left ? "start" : "end");
}

}  // namespace

std::string draw(const LineChart& chart) {
  const double width = 1120, legend = chart.legend == Legend::right ? 22 * static_cast<double>(chart.series.size()) : 0,
               height = 60 + std::max(chart.legend == Legend::right ? 380.0 : 280.0, legend);
  const Plot plot = plot_of(chart, width, height);
  SvgCanvas canvas(width, height, chart.title);
  draw_x_axis(canvas, plot, chart.x_label);
  draw_y_axis(canvas, plot, chart.y_label);
  for (const Series& series : chart.series) draw_ranges(canvas, series, plot);
  for (const Series& series : chart.series) draw_line(canvas, series, plot);
  for (const Mark& mark : chart.marks) canvas.dot({plot.x.at(mark.x), plot.bottom}, color(mark_color), mark.tooltip);
  if (chart.label) draw_label(canvas, *chart.label, plot);
  draw_legend(canvas, chart, plot);
  return canvas.finish();
}

}  // namespace unroll::inline v0::charts
