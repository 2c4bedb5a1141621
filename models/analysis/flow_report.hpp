#pragma once

#include <unroll/models/analysis/gradient_flow.hpp>

#include <span>
#include <string>

/// Results of gradient_flow for one or more models, as text: for a terminal, as CSV and as JSON.
namespace unroll::inline v0::flow {

/// What gradient_flow has found, and of which model.
struct NamedFlow {
  std::string name;   ///< "RNN, norm 0.8"; UTF-8.
  GradientFlow flow;  ///< What it has found.
};

/// For a terminal: a row for each layer, the Jacobians' norms over a few distances, and the verdicts.
std::string to_table(std::span<const NamedFlow> flows);

/// Every number on a line of its own: "model,layer,quantity,of,step,distance,value" (RFC 4180). Steps count from 0.
/// Quantities:
/// gradient (of a state variable, after a step), jacobian and jacobian_largest (from a step over a distance), bound (at
/// a distance), decay, gate_shut, gate_open and gate_mean (of a gate), and of the model as a whole, where layer is
/// empty: loss, gradient_norm, windows, clipped, denormal_values, denormal_gradients.
std::string to_csv(std::span<const NamedFlow> flows);

/// One JSON object, on one line. Numbers that are not finite are null.
std::string to_json(const NamedFlow& flow);

}  // namespace unroll::inline v0::flow
