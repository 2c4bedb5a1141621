#include "support/catch.hpp"
#include "support/flows.hpp"
#include "support/xml.hpp"
#include <unroll/models/analysis/flow_charts.hpp>

#include <tinyxml2.h>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

TEST_CASE("a heat map is white at 1, blue below, red above, and full at the end of its scale", "[svg]") {
  const auto color_of = [](double value) {
    const std::string svg = draw(flow::HeatMap{.title = "t",
                                               .x_label = "x",
                                               .y_label = "y",
                                               .value_label = "v",
                                               .rectangles = {{0, 1, 0, 1, value}},
                                               .decades = 3});
    tinyxml2::XMLDocument document;
    REQUIRE(document.Parse(svg.c_str()) == tinyxml2::XML_SUCCESS);
    return std::string(
        document.RootElement()->FirstChildElement("rect")->NextSiblingElement("rect")->Attribute("fill"));
  };
  CHECK(color_of(1) == "#ffffff");
  CHECK(color_of(1e-3) == "#00529b");
  CHECK(color_of(0) == "#00529b");
  CHECK(color_of(1e9) == "#b2182b");
  CHECK(color_of(std::sqrt(1e-3)) == "#80a9cd");
}
