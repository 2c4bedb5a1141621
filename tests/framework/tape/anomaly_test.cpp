#include "support/catch.hpp"
#include <unroll/framework/tape/anomaly.hpp>

#include <cmath>
#include <limits>

using namespace unroll;

namespace {
Anomaly division() {
  return {.pass = Pass::forward,
          .operation = "/",
          .site = {},
          .location = {.scope = "layer 2", .layer = 2, .step = 17, .unrolled = {}},
          .number = std::numeric_limits<double>::infinity(),
          .tensor = "/",
          .shape = {4, 8},
          .position = 11,
          .upstream = 0,
          .parameter = {},
          .address = nullptr};
}
}  // namespace

TEST_CASE("an anomaly is told with its op, its place and the number", "[anomaly]") {
  CHECK(to_string(division()) == "the forward pass, of '/', layer 2, step 17: inf at [1, 3] of [4, 8]");
}

TEST_CASE("a NaN has no sign", "[anomaly]") {
  Anomaly anomaly = division();
  anomaly.number = std::copysign(std::nan(""), -1);
  CHECK(to_string(anomaly) == "the forward pass, of '/', layer 2, step 17: nan at [1, 3] of [4, 8]");
}

TEST_CASE("an anomaly in a parameter tells the parameter's name when it is known", "[anomaly]") {
  Anomaly anomaly = division();
  anomaly.operation = anomaly.tensor = "parameter";
  CHECK(to_string(anomaly) == "the value of 'parameter', before the forward pass: inf at [1, 3] of [4, 8]");
  anomaly.parameter = "decoder.weight";
  CHECK(to_string(anomaly)
        == "the value of parameter 'decoder.weight', before the forward pass: inf at [1, 3] of [4, 8]");
}

TEST_CASE("an anomaly of the way back tells how much had arrived", "[anomaly]") {
  Anomaly anomaly = division();
  anomaly.pass = Pass::backward;
  anomaly.tensor = "relu";
  anomaly.upstream = 0.25;
  CHECK(to_string(anomaly)
        == "the backward pass, of '/', layer 2, step 17: inf at [1, 3] of the gradient of 'relu' [4, 8], where at "
           "most 0.25 had arrived");
}
