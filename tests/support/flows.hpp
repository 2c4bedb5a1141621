#pragma once

#include <unroll/models/analysis/flow_report.hpp>

#include <cmath>
#include <cstddef>
#include <string>

/// What gradient_flow may have found, for tests of its reports.
namespace unroll::testing {

/// Hand-made: a network that halves a gradient at each of 4 steps, with a bound and a gate.
inline flow::NamedFlow halving(const std::string& name) {
  LayerFlow layer{.states = {{.name = "hidden", .gradient = {0.125, 0.25, 0.5, 1}}},
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

inline const std::string trap = "<b>\"R&D\",\n'\x01";

}  // namespace unroll::testing
