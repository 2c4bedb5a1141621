#include "support/catch.hpp"
#include "support/evil.hpp"
#include "support/xml.hpp"
#include <unroll/framework/charts/svg_canvas.hpp>

#include <limits>

using namespace unroll::charts;
using Catch::Contains;

TEST_CASE("text is escaped for XML", "[charts]") {
  CHECK(escape("a < b && \"c\" > 'd'") == "a &lt; b &amp;&amp; &quot;c&quot; &gt; &#39;d&#39;");
  CHECK(escape("two\nlines\tof ‖é‖") == "two\nlines\tof ‖é‖");
  CHECK(escape(std::string_view("\0\x01\x1b", 3)) == "\uFFFD\uFFFD\uFFFD");
  CHECK(escape("</title><script>").find('<') == std::string::npos);
}

TEST_CASE("a canvas is one well-formed element with what was drawn", "[charts]") {
  const std::string evil_text = "</svg><script>alert('&')</script>" + std::string(evil::controls);
  SvgCanvas canvas(300, 200, evil_text);
  canvas.axis_line({0, 0}, {10, 10}), canvas.grid_line({0, 0}, {10, 0});
  canvas.polyline({}, color(0), false);
  canvas.polyline({{1, 2}}, color(0), false);
  canvas.polyline({{1, 2}, {3, 4}}, color(1), true);
  canvas.polygon({{1, 2}, {3, 4}, {5, 0}}, color(2));
  canvas.ring({5, 5}, color(3)), canvas.dot({5, 5}, color(4), evil_text);
  canvas.rectangle({1, 1}, 5, 5, "#ffffff", evil_text), canvas.rectangle({1, 1}, 5, 5, "#ffffff");
  canvas.text({1, 1}, evil_text, "end", 10, -90), canvas.power_of_ten({1, 1}, -3);
  const std::string svg = canvas.finish();
  CHECK(count_elements(svg, "svg") == 1);
  CHECK(count_elements(svg, "script") == 0);
  CHECK(count_elements(svg, "line") == 2);
  CHECK(count_elements(svg, "circle") == 3);  // a line of one point, a ring, a dot
  CHECK(count_elements(svg, "polyline") == 1);
  CHECK(count_elements(svg, "polygon") == 1);
  CHECK(count_elements(svg, "rect") == 2);
  CHECK_THAT(svg, Contains("rotate(-90") && Contains("10<tspan") && Contains("\u22123"));
  CHECK_THAT(svg, Contains("fill=\"currentColor\"") && !Contains("#222"));  // readable on a dark page too
}

TEST_CASE("colors go round, and neighbors differ", "[charts]") {
  for (std::size_t n = 0; n < 8; ++n) CHECK(color(n) != color(n + 1));
  CHECK(color(0) == color(8));
  CHECK(color(~std::size_t{0}) == color(7));
}

TEST_CASE("an extent holds its numbers, and has room around one or none", "[charts]") {
  Extent extent;
  for (const double number : {3.0, -1.0, 2.0}) extent.include(number);
  extent.widen(0);
  CHECK(extent.low == -1);
  CHECK(extent.high == 3);
  for (const double number : {0.0, 1e-300, -2e-5, 1.0, 1e15, -1e300}) {
    Extent one;
    one.include(number), one.widen(0);
    CAPTURE(number);
    CHECK(one.low < number);
    CHECK(one.high > number);
  }
  Extent none;
  none.widen(4);
  CHECK(none.low < 4);
  CHECK(none.high > 4);
}

TEST_CASE("ticks are round numbers within the interval", "[charts]") {
  CHECK(ticks(0, 10, 5) == std::vector<double>{0, 2, 4, 6, 8, 10});
  CHECK(ticks(0.5, 1.5, 10, 1) == std::vector<double>{1});
  for (const auto& [low, high] : {std::pair{0.0, 1e-9}, {-3.0, 7.5}, {1e6, 1.001e6}, {0.0, 1e300}, {0.0, 1e-299}}) {
    const auto found = ticks(low, high, 6);
    CHECK(found.size() >= 3);
    CHECK(found.size() <= 13);
    for (const double tick : found) CHECK((tick >= low - 1e-9 * (high - low) && tick <= high + 1e-9 * (high - low)));
  }
}

TEST_CASE("numbers at an axis are short", "[charts]") {
  CHECK(tick_label(0) == "0");
  CHECK(tick_label(0.25) == "0.25");
  CHECK(tick_label(200'000) == "200000");
  CHECK(tick_label(2'500'000) == "2.5 M");
  CHECK(tick_label(-1e6) == "-1 M");
  CHECK(tick_label(1e20) == "1e+20");
  CHECK(tick_label(2e-5) == "2e-05");
}
