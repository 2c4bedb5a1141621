#include "support/catch.hpp"
#include "support/flows.hpp"

#include <nlohmann/json.hpp>

#include <limits>
#include <sstream>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;
using flow::NamedFlow;

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
