#include "vanishing_gradient/claims.hpp"

#include <fmt/format.h>

namespace vanishing_gradient {

namespace {

// The indices of some contenders: norms below, at and above 1, and the gated cells.
constexpr std::size_t below = 0, at = 2, above = 4, lstm = 6, gru = 7;
constexpr std::size_t clipped = 1;  // added to an index: the same contender with clipping

bool bounds_hold(const std::vector<Outcome>& outcomes) {
  for (const Outcome& outcome : outcomes)
    for (const unroll::flow::NamedFlow* const named : {&outcome.before, &outcome.after})
      if (!within_bound(named->flow.layers[0])) return false;
  return true;
}

void claim_of_gradients(std::vector<Claim>& claims, const std::vector<Outcome>& outcomes, const Plan& plan) {
  const auto layer = [&](std::size_t i) -> const unroll::LayerFlow& { return outcomes[i].before.flow.layers[0]; };
  const auto decay = [&](std::size_t i) { return layer(i).decay.per_step; };
  claims.push_back({fmt::format("Below the critical norm gradients vanish: the bound is {:.2f} a step, the gradient "
                                "falls to {:.2f} of itself.",
                                *layer(below).bound, decay(below)),
                    decay(below) < 1 && kind_of(layer(below), plan.steps) == unroll::FlowKind::vanishing});
  claims.push_back({fmt::format("The larger the norm, the less is lost: {:.3f}, {:.3f} and {:.3f} a step.",
                                decay(below), decay(at), decay(above)),
                    decay(below) < decay(at) && decay(at) < decay(above)});
}

void claim_of_learning(std::vector<Claim>& claims, const std::vector<Outcome>& outcomes) {
  const auto told = [&](std::size_t i) { return recalled(outcomes[i]); };
  const auto accuracy = [&](std::size_t i) { return outcomes[i].accuracy; };
  claims.push_back(
      {fmt::format("What vanishes cannot be learned: recalled below the critical norm: {}; by chance 25 %.",
                   told(below + clipped)),
       accuracy(below + clipped) && *accuracy(below + clipped) < 0.5});
  const bool clipping_helps =
      accuracy(above + clipped) && (!accuracy(above) || *accuracy(above) + 0.2 < *accuracy(above + clipped));
  claims.push_back({fmt::format("Above it an update may be far too long: recalled at norm {:.1f} without clipping: {}; "
                                "with it: {}.",
                                outcomes[above].contender.norm, told(above), told(above + clipped)),
                    clipping_helps});
  claims.push_back(
      {fmt::format("Gates keep the gradient: recalled by the LSTM: {}; by the GRU: {}.", told(lstm), told(gru)),
       accuracy(lstm) > 0.95 && accuracy(gru) > 0.95});  // nothing is less than any number
}

}  // namespace

std::vector<Contender> contenders() {
  std::vector<Contender> list;
  for (const double norm : {0.8, 1.0, 1.5}) {
    const std::string name = fmt::format("RNN, norm {:.1f}", norm);
    list.push_back({.name = name, .norm = norm});
    list.push_back({.name = name + ", clipped", .norm = norm, .clip = clip});
  }
  list.push_back({.name = "LSTM", .cell = CellKind::lstm, .clip = clip});
  list.push_back({.name = "GRU", .cell = CellKind::gru, .clip = clip});
  return list;
}

std::vector<Claim> claims_of(const std::vector<Outcome>& outcomes, const Plan& plan) {
  std::vector<Claim> claims{{"No Jacobian is larger than the weights allow, of any network, before training or after.",
                             bounds_hold(outcomes)}};
  if (plan.steps >= least_steps_to_vanish) claim_of_gradients(claims, outcomes, plan);
  if (plan.steps == Plan().steps && plan.updates >= Plan().updates) claim_of_learning(claims, outcomes);
  return claims;
}

std::string recalled(const Outcome& outcome) {
  return outcome.accuracy ? fmt::format("{:.0f} %", 100 * *outcome.accuracy) : "diverged";
}

}  // namespace vanishing_gradient
