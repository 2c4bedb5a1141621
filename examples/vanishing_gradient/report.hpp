#pragma once

#include "vanishing_gradient/claims.hpp"
#include <unroll/models/analysis/flow_page.hpp>

#include <string>
#include <vector>

namespace vanishing_gradient {

/// For a terminal: gradients before training, the accuracies, and each claim with whether the outcomes confirm it.
std::string to_text(const std::vector<Outcome>& outcomes, const std::vector<Claim>& claims, const Plan& plan);

/// The same with pictures.
unroll::flow::FlowPage to_page(const std::vector<Outcome>& outcomes, const std::vector<Claim>& claims,
                               const Plan& plan);

/// The flows of the clipped contenders, and of LSTM and GRU: before training, clipping changes nothing.
std::vector<unroll::flow::NamedFlow> shown(const std::vector<Outcome>& outcomes,
                                           unroll::flow::NamedFlow Outcome::*when);

}  // namespace vanishing_gradient
