#include <unroll/framework/charts/svg_canvas.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace unroll::inline v0::charts {

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char character : text) switch (character) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        if (static_cast<unsigned char>(character) < 0x20 && character != '\n' && character != '\t')
          escaped += "\uFFFD";  // XML 1.0 does not allow them, escaped or not
        else
          escaped += character;
    }
  return escaped;
}

std::string_view color(std::size_t n) {
  constexpr std::array<std::string_view, 8> colors{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                   "#e69f00", "#56b4e9", "#222222", "#8b5a2b"};
  return colors[n % colors.size()];
}

SvgCanvas::SvgCanvas(double width, double height, std::string_view title)
    : svg_(fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
                       "role=\"img\" font-family=\"sans-serif\" fill=\"currentColor\">\n<title>{2}</title>\n",
                       width, height, escape(title))) {
  text({width / 2, 22}, title, "middle", 16);
}

void SvgCanvas::axis_line(Point from, Point to) {
  svg_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"currentColor\"/>\n",
                      from.x, from.y, to.x, to.y);
}

void SvgCanvas::grid_line(Point from, Point to) {
  svg_ += fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"currentColor\" "
      "stroke-opacity=\"0.12\"/>\n",
      from.x, from.y, to.x, to.y);
}

void SvgCanvas::polyline(const std::vector<Point>& points, std::string_view stroke, bool dashed) {
  if (points.empty()) return;
  if (points.size() == 1) {  // a line of one point would be invisible
    svg_ +=
        fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\" fill=\"{}\"/>\n", points[0].x, points[0].y, stroke);
    return;
  }
  svg_ += "<polyline fill=\"none\" points=\"";
  for (const auto& [x, y] : points) svg_ += fmt::format("{:.1f},{:.1f} ", x, y);
  svg_ += fmt::format("\" stroke=\"{}\" stroke-width=\"{}\"{}/>\n", stroke, dashed ? 1.5 : 2,
                      dashed ? " stroke-dasharray=\"5 4\"" : "");
}

void SvgCanvas::polygon(const std::vector<Point>& corners, std::string_view fill) {
  svg_ += "<polygon points=\"";
  for (const auto& [x, y] : corners) svg_ += fmt::format("{:.1f},{:.1f} ", x, y);
  svg_ += fmt::format("\" fill=\"{}\" fill-opacity=\"0.2\"/>\n", fill);
}

void SvgCanvas::ring(Point center, std::string_view stroke) {
  svg_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n",
                      center.x, center.y, stroke);
}

void SvgCanvas::dot(Point center, std::string_view fill, std::string_view tooltip) {
  svg_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"{}\"><title>{}</title></circle>\n", center.x,
                      center.y, fill, escape(tooltip));
}

void SvgCanvas::rectangle(Point corner, double width, double height, std::string_view fill, std::string_view tooltip) {
  svg_ += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"", corner.x,
                      corner.y, width, height, fill);
  svg_ += tooltip.empty() ? "/>\n" : fmt::format("><title>{}</title></rect>\n", escape(tooltip));
}

void SvgCanvas::text(Point at, std::string_view words, std::string_view anchor, double size, double turned) {
  const std::string turn =
      std::abs(turned) > 0 ? fmt::format(" transform=\"rotate({} {:.1f} {:.1f})\"", turned, at.x, at.y) : "";
  svg_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{}\" text-anchor=\"{}\"{}>{}</text>\n", at.x, at.y,
                      size, anchor, turn, escape(words));
}

void SvgCanvas::power_of_ten(Point at, int exponent) {
  svg_ += fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"13\" text-anchor=\"end\">10<tspan dy=\"-5\" "
      "font-size=\"10\">{}{}</tspan></text>\n",
      at.x, at.y, exponent < 0 ? "\u2212" : "", std::abs(exponent));
}

std::string SvgCanvas::finish() { return svg_ + "</svg>\n"; }

Extent::Extent() : low(std::numeric_limits<double>::infinity()), high(-std::numeric_limits<double>::infinity()) {}

void Extent::include(double number) { low = std::min(low, number), high = std::max(high, number); }

void Extent::widen(double otherwise) {
  if (low > high) low = high = otherwise;
  const double largest = std::max(std::abs(low), std::abs(high));
  if (high - low > 1e-9 * largest) return;
  const double margin = largest > 0 ? largest / 2 : 0.5;
  low -= margin, high += margin;
}

std::vector<double> ticks(double low, double high, int count, double least) {
  const double rough = std::max((high - low) / count, 1e-300);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double nice : {1.0, 2.0, 5.0})
    if (nice * power >= rough * 0.999) {
      step = nice * power;
      break;
    }
  step = std::max(step, least);
  std::vector<double> found;
  for (double tick = std::ceil(low / step - 1e-9); tick * step <= high + 1e-9 * step; ++tick)
    found.push_back(tick * step + 0.0);  // no -0
  return found;
}

std::string tick_label(double number) {
  return std::abs(number) >= 1e6 && std::abs(number) < 1e10 ? fmt::format("{:.6g} M", number / 1e6)
                                                            : fmt::format("{:.6g}", number);
}

}  // namespace unroll::inline v0::charts
