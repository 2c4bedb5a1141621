#include "support/flow_report.hpp"

#include "support/catch.hpp"
#include "support/flow_charts.hpp"
#include "support/flow_page.hpp"
#include "support/xml.hpp"

#include <nlohmann/json.hpp>
#include <tinyxml2.h>

#include <cmath>
#include <limits>
#include <sstream>

using Catch::Contains;
using support::NamedFlow;

namespace {

/// Hand-made: a network that halves a gradient at each of 4 steps, with a bound and a gate.
NamedFlow halving(const std::string& name) {
  unroll::LayerFlow layer{.states = {{.name = "hidden", .gradient = {0.125, 0.25, 0.5, 1}}},
                          .jacobians = {},
                          .decay = {},
                          .bound = 0.75,
                          .gates = {{.name = "forget", .shut = 0.25, .open = 0.5, .mean = 0.6}}};
  for (std::size_t end = 1; end < 4; ++end)
    for (std::size_t distance = 1; distance <= end; ++distance)
      layer.jacobians.push_back({end, distance, std::pow(0.5, distance), std::pow(0.6, distance)});
  layer.decay = fit_decay(layer.jacobians);
  return {name,
          {.steps = 4,
           .batch = 2,
           .loss = 1.5,
           .gradient_norm = 3,
           .layers = {layer},
           .clipping = {.limit = 2, .windows = 4, .clipped = 1},
           .denormals = {.values = 1, .gradients = 0, .numbers = 50}}};
}

const std::string trap = "<b>\"R&D\",\n'\x01";

}  // namespace

TEST_CASE("the table shows decay, bound, memory and verdict of every layer", "[flow]") {
  const std::vector<NamedFlow> flows{halving("small"), halving("a longer name")};
  const std::string table = to_table(flows);
  CHECK_THAT(table, Contains("small              0  0.5000  halve every step             0.7500   1.25e-01  1.00e+00"));
  CHECK_THAT(table,
             Contains("a longer name      0  0.5000") && Contains("75 %  healthy") && Contains("5.00e-01  2.50e-01"));
  CHECK_THAT(table, Contains("1 of 4 gradients clipped at 2") && Contains("12 % of it is left after 3 steps"));
}

TEST_CASE("CSV has a line for every number, and quotes names that need it", "[flow]") {
  const std::vector<NamedFlow> flows{halving("RNN, \"norm\" 0.8")};
  std::istringstream csv(to_csv(flows));
  std::vector<std::string> lines;
  for (std::string line; std::getline(csv, line);) {
    REQUIRE(line.back() == '\r');
    line.pop_back();
    lines.push_back(line);
  }
  const std::string model = "\"RNN, \"\"norm\"\" 0.8\",";
  // header, 6 of the model, 4 gradients, 6 pairs of Jacobians, 3 bounds, the decay, 3 of the gate
  REQUIRE(lines.size() == 1 + 6 + 4 + 12 + 3 + 1 + 3);
  CHECK(lines[0] == "model,layer,quantity,of,step,distance,value");
  for (const char* const expected :
       {",loss,,,,1.5", ",clipped,,,,1", "0,gradient,hidden,2,,0.5", "0,jacobian,,3,2,0.25",
        "0,jacobian_largest,,3,2,0.36", "0,bound,,,2,0.5625", "0,decay,,,,0.5", "0,gate_open,forget,,,0.5"})
    CHECK(std::count(lines.begin(), lines.end(), model + expected) == 1);
}

TEST_CASE("JSON holds the same numbers, and null for what is not finite", "[flow]") {
  NamedFlow named = halving("model");
  named.flow.loss = std::numeric_limits<double>::infinity();
  const auto json = nlohmann::json::parse(to_json(named));
  CHECK(json["loss"].is_null());
  CHECK(json["layers"][0]["gradients"]["hidden"] == std::vector<double>{0.125, 0.25, 0.5, 1});
  CHECK(json["layers"][0]["halving_steps"].get<double>() == Approx(1));
  CHECK(json["layers"][0]["jacobians"][1]["norm"].get<double>() == Approx(0.25));
  CHECK(json["layers"][0]["gates"]["forget"]["open"] == 0.5);
  CHECK(json["clipping"]["clipped"] == 1);
  CHECK(json["layers"][0]["gone_after"].is_null());
  named.flow.layers[0].decay.gone = 3;
  CHECK(nlohmann::json::parse(to_json(named))["layers"][0]["gone_after"] == 3);
}

TEST_CASE("the page is well-formed, whatever names hold, and needs nothing from elsewhere", "[flow]") {
  const std::string page = support::to_html({.title = trap,
                                             .remarks = {trap},
                                             .tables = {{trap, trap, {trap}, {{trap}}}},
                                             .groups = {{.heading = trap, .flows = {halving(trap), halving("b")}}}});
  CHECK(count_elements(page, "svg") == 5);                   // two charts, a heat map for each, gates
  CHECK(count_elements(page, "polyline") == 2 * 2 + 2 * 4);  // lines and bounds, each also in the legend
  CHECK(count_elements(page, "script") == 0);
  CHECK(count_elements(page, "link") + count_elements(page, "img") == 0);
  CHECK(page.find("http") == page.find("http://www.w3.org/2000/svg"));  // a name, which no browser fetches
  CHECK(page.find('\x01') == std::string::npos);
}

TEST_CASE("a heat map is white at 1, blue below, red above, and full at the end of its scale", "[svg]") {
  const auto color_of = [](double value) {
    const std::string svg = draw(support::HeatMap{.title = "t",
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
