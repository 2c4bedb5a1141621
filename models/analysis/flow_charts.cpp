#include <unroll/framework/charts/svg_canvas.hpp>
#include <unroll/models/analysis/flow_charts.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace unroll::inline v0::flow {

namespace {

using charts::Axis, charts::Extent, charts::SvgCanvas;
using charts::tick_label, charts::ticks;

/// A shade from white at 0 to one color at 1, and to another at -1.
std::string shade(double fraction) {
  const double strength = std::min(std::abs(fraction), 1.0);
  constexpr double blue[]{0, 82, 155}, red[]{178, 24, 43};
  const double* const full = fraction < 0 ? blue : red;
  const auto mix = [&](int channel) { return static_cast<int>(std::lround(255 + (full[channel] - 255) * strength)); };
  return fmt::format("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2));
}

void draw_scale(SvgCanvas& canvas, const HeatMap& map, double left, double top, double height) {
  constexpr int parts = 48;
  for (int part = 0; part < parts; ++part)
    canvas.rectangle({left, top + height * part / parts}, 16, height / parts + 0.5,
                     shade(1 - 2.0 * part / (parts - 1)));
  const Axis axis{-map.decades, map.decades, top + height, top};
  for (const double tick : ticks(-map.decades, map.decades, 6, 1))
    canvas.power_of_ten({left + 50, axis.at(tick) + 4}, static_cast<int>(std::lround(tick)));
  canvas.text({left + 70, top + height / 2}, map.value_label, "middle", 13, -90);
}

}  // namespace

std::string draw(const HeatMap& map) {
  const double width = 552, height = 330, left = 60, right = width - 106, top = 40, bottom = height - 56;
  Extent xs, ys;
  for (const Rectangle& part : map.rectangles) {
    xs.include(part.x_begin), xs.include(part.x_end);
    ys.include(part.y_begin), ys.include(part.y_end);
  }
  xs.widen(0), ys.widen(0);
  const Axis x{xs.low, xs.high, left, right}, y{ys.low, ys.high, bottom, top};
  SvgCanvas canvas(width, height, map.title);
  canvas.rectangle({left, top}, right - left, bottom - top, "#e4e4e4");
  for (const Rectangle& part : map.rectangles) {
    const double fraction = part.value > 0 ? std::log10(part.value) / map.decades : part.value <= 0 ? -1 : 1;
    canvas.rectangle({x.at(part.x_begin), y.at(part.y_end)}, x.at(part.x_end) - x.at(part.x_begin) + 0.3,
                     y.at(part.y_begin) - y.at(part.y_end) + 0.3, shade(fraction),
                     fmt::format("{} {:g}, {} {:g}: {:.3g}", map.x_label, part.x_end - 0.5, map.y_label,
                                 part.y_end - 0.5, part.value));
  }
  for (const double tick : ticks(x.low, x.high, 8, 1))
    canvas.text({x.at(tick), bottom + 18}, tick_label(tick), "middle");
  for (const double tick : ticks(y.low, y.high, 6, 1)) canvas.text({left - 8, y.at(tick) + 4}, tick_label(tick), "end");
  canvas.text({(left + right) / 2, bottom + 40}, map.x_label, "middle", 14);
  canvas.text({left - 42, (top + bottom) / 2}, map.y_label, "middle", 14, -90);
  draw_scale(canvas, map, right + 14, top, bottom - top);
  return canvas.finish();
}

std::string draw(const FractionBars& bars) {
  const double width = 1120, row = 26, left = 300, right = width - 60, top = 72,
               bottom = top + row * static_cast<double>(bars.bars.size()), height = bottom + 56;
  constexpr std::string_view low_color = "#56b4e9", middle_color = "#eeeeee", high_color = "#e69f00";
  const Axis x{0, 100, left, right};
  SvgCanvas canvas(width, height, bars.title);
  double legend = left;
  const auto key = [&](std::string_view fill, const std::string& words) {
    canvas.rectangle({legend, 38}, 14, 14, fill);
    canvas.text({legend + 20, 50}, words);
    legend += 250;
  };
  key(low_color, bars.low_label), key(middle_color, bars.middle_label), key(high_color, bars.high_label);
  for (const double tick : ticks(0, 100, 10)) {
    canvas.grid_line({x.at(tick), top}, {x.at(tick), bottom});
    canvas.text({x.at(tick), bottom + 18}, tick_label(tick), "middle");
  }
  canvas.axis_line({left, bottom}, {right, bottom});
  canvas.text({(left + right) / 2, bottom + 40}, bars.x_label, "middle", 14);
  for (std::size_t i = 0; i < bars.bars.size(); ++i) {
    const auto& [name, low, high] = bars.bars[i];
    const double y = top + row * static_cast<double>(i) + 4, low_end = x.at(100 * low),
                 high_begin = x.at(100 - 100 * high);
    canvas.text({left - 10, y + 14}, name, "end");
    canvas.rectangle({left, y}, right - left, row - 8, middle_color);
    canvas.rectangle({left, y}, low_end - left, row - 8, low_color, fmt::format("{:.1f} %", 100 * low));
    canvas.rectangle({high_begin, y}, right - high_begin, row - 8, high_color, fmt::format("{:.1f} %", 100 * high));
  }
  return canvas.finish();
}

}  // namespace unroll::inline v0::flow
