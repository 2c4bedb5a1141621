#include "support/catch.hpp"
#include "support/flows.hpp"
#include <unroll/models/analysis/flow_report.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <string>
#include <vector>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;
using flow::NamedFlow;

TEST_CASE("CSV and JSON tell the same numbers of the same flow", "[flow]") {
  const NamedFlow named = halving("model");
  const std::string csv = to_csv(std::vector{named});
  const auto json = nlohmann::json::parse(to_json(named));
  const auto expect_line = [&](const std::string& what, const nlohmann::json& number) {
    CHECK_THAT(csv, Contains(fmt::format("\r\nmodel,{},{}\r\n", what, number.get<double>())));
  };
  expect_line(",loss,,,", json["loss"]);
  expect_line(",gradient_norm,,,", json["gradient_norm"]);
  const auto& layer = json["layers"][0];
  for (std::size_t step = 0; step < 4; ++step)  // counted from 0
    expect_line(fmt::format("0,gradient,hidden,{},", step), layer["gradients"]["hidden"][step]);
  expect_line("0,decay,,,", layer["decay_per_step"]);
  expect_line("0,gate_shut,forget,,", layer["gates"]["forget"]["shut"]);
}

TEST_CASE("several models are reported in the order in which they are given", "[flow]") {
  const std::vector<NamedFlow> flows{halving("zebra"), halving("antelope")};
  for (const std::string& report : {to_table(flows), to_csv(flows)}) {
    const std::size_t one = report.find("zebra"), other = report.find("antelope");
    REQUIRE(other != std::string::npos);
    CHECK(one < other);
  }
}

TEST_CASE("reports of no model have a head, and no rows", "[flow]") {
  CHECK(flow::to_csv({}) == "model,layer,quantity,of,step,distance,value\r\n");
  CHECK_THAT(flow::to_table({}), Contains("decay") && !Contains("healthy"));
}

TEST_CASE("JSON is one line, whatever the name of the model holds and whatever the numbers are", "[flow]") {
  NamedFlow named = halving(trap);
  named.flow.gradient_norm = std::numeric_limits<double>::quiet_NaN();
  const std::string text = to_json(named);
  CHECK(text.find('\n') >= text.size() - 1);
  const auto json = nlohmann::json::parse(text);
  CHECK(json["model"] == trap);
  CHECK(json["gradient_norm"].is_null());
}
