#include "support/catch.hpp"
#include "support/xml.hpp"
#include <unroll/framework/charts/line_chart.hpp>

#include <cmath>
#include <limits>

using namespace unroll::charts;
using Catch::Contains;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string drawn(const std::vector<Point>& points, Scale scale = Scale::logarithmic) {
  return draw({.title = "t",
               .x_label = "x",
               .y_label = "y",
               .series = {{.name = "s", .color = 0, .points = points}},
               .scale = scale});
}

}  // namespace

TEST_CASE("charts leave out what their axis cannot show", "[charts]") {
  const std::vector<Point> points{{0, 1}, {1, 10}, {2, 0}, {3, infinity}, {4, 1}, {5, NAN}, {6, -1}, {7, 1e200}};
  const std::string logarithmic = drawn(points), linear = drawn(points, Scale::linear);
  CHECK(count_elements(logarithmic, "polyline") == 2);  // one run of two points, and the legend
  CHECK(count_elements(logarithmic, "circle") == 1);    // a run of one
  CHECK(count_elements(linear, "polyline") == 2);       // one run of three points
  CHECK(count_elements(linear, "circle") == 2);
  for (const auto& svg : {logarithmic, linear}) CHECK_THAT(svg, !Contains("nan") && !Contains("inf"));
}

TEST_CASE("charts of few points, or of none, are whole", "[charts]") {
  for (const Scale scale : {Scale::linear, Scale::logarithmic})
    for (const auto& points :
         {std::vector<Point>{}, {{3, 1}}, {{3, 1}, {4, 1}}, {{0, NAN}}, {{1e6, 1e-300}}, {{0, 1e99}, {1, 1e99}}}) {
      const std::string svg = drawn(points, scale);
      CHECK(count_elements(svg, "svg") == 1);
      CHECK_THAT(svg, !Contains("nan") && !Contains("inf"));
    }
}

TEST_CASE("a logarithmic axis has numbers, however small its range is", "[charts]") {
  CHECK_THAT(drawn({{0, 1.3}, {1, 1.9}}), Contains(">2</text>"));
  CHECK_THAT(drawn({{0, 0.03}, {1, 0.09}}), Contains(">0.05</text>"));
  CHECK_THAT(drawn({{0, 1}, {1, 1e6}}), Contains("10<tspan") && !Contains(">20</text>"));
}

TEST_CASE("ranges are shaded in runs, as lines are drawn", "[charts]") {
  const std::string svg = draw(
      {.title = "t",
       .x_label = "x",
       .y_label = "y",
       .series =
           {{.name = "s",
             .color = 0,
             .points = {},
             .ranges =
                 {{0, 1, 2}, {1, 1, 3}, {2, NAN, 1}, {3, 1, 1}, {4, 0, infinity}, {5, 1, 2}, {6, 1, 2}, {7, 2, 2}}}},
       .scale = Scale::linear});
  CHECK(count_elements(svg, "polygon") == 2);
  CHECK_THAT(svg, !Contains("nan") && !Contains("inf"));
}

TEST_CASE("marks, label and legend are drawn, and their text is escaped", "[charts]") {
  LineChart chart{.title = "<t>",
                  .x_label = "<x>",
                  .y_label = "<y>",
                  .series = {{.name = "<a>", .color = 0, .points = {{0, 1}, {10, 2}}},
                             {.name = "<b>", .color = 1, .dashed = true, .points = {{0, 2}, {10, 3}}}},
                  .scale = Scale::linear,
                  .legend = Legend::above,
                  .marks = {{3, "<3 skipped>"}, {4, "one"}},
                  .marks_name = "<skipped>",
                  .label = Label{{10, 2}, "<best>", 0}};
  std::string svg = draw(chart);
  CHECK(count_elements(svg, "polyline") == 4);
  CHECK(count_elements(svg, "circle") == 4);
  for (const char* text :
       {"&lt;t&gt;", "&lt;x&gt;", "&lt;y&gt;", "&lt;a&gt;", "&lt;b&gt;", "&lt;3 skipped&gt;", "&lt;skipped&gt;"})
    CHECK_THAT(svg, Contains(text));
  CHECK_THAT(svg, Contains("text-anchor=\"end\">&lt;best&gt;"));  // to the left, where there is room
  chart.label->point.y = NAN;
  svg = draw(chart);
  CHECK_THAT(svg, !Contains("best") && !Contains("nan"));
}

TEST_CASE("the x axis reaches as far as it is told", "[charts]") {
  LineChart chart{.title = "t",
                  .x_label = "x",
                  .y_label = "y",
                  .series = {{.name = "s", .color = 0, .points = {{40, 1}, {60, 2}}}}};
  CHECK_THAT(draw(chart), !Contains(">100</text>"));
  chart.x_range.include(0), chart.x_range.include(100);
  CHECK_THAT(draw(chart), Contains(">0</text>") && Contains(">100</text>"));
}
