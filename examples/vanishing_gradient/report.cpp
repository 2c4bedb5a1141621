#include "vanishing_gradient/report.hpp"

#include <fmt/format.h>

#include <cmath>

namespace vanishing_gradient {

namespace {

std::string clipped_fraction(const Outcome& outcome) {
  return std::isfinite(outcome.contender.clip) ? fmt::format("{:.0f} %", 100 * outcome.after.flow.clipping.fraction())
                                               : "never";
}

unroll::flow::ResultTable results(const std::vector<Outcome>& outcomes, const Plan& plan) {
  unroll::flow::ResultTable table{
      .heading = "After training",
      .remark = fmt::format("{} updates of {} sequences each. By chance 25 % are recalled.", plan.updates, plan.batch),
      .columns = {"model", "recalled", "longest gradient", "clipped", "decay before", "decay after"},
      .rows = {}};
  for (const Outcome& outcome : outcomes)
    table.rows.push_back({outcome.contender.name, recalled(outcome), fmt::format("{:.3g}", outcome.longest_gradient),
                          clipped_fraction(outcome),
                          fmt::format("{:.3f}", outcome.before.flow.layers[0].decay.per_step),
                          fmt::format("{:.3f}", outcome.after.flow.layers[0].decay.per_step)});
  return table;
}

std::string to_text(const unroll::flow::ResultTable& table) {
  std::string text = fmt::format("{}: {}\n\n", table.heading, table.remark);
  const auto add = [&](const std::vector<std::string>& row) {
    text += fmt::format("{:24}", row[0]);
    for (std::size_t i = 1; i < row.size(); ++i) text += fmt::format(" {:>17}", row[i]);
    text += '\n';
  };
  add(table.columns);
  for (const auto& row : table.rows) add(row);
  return text;
}

/// The task and the claims, for the page.
std::vector<std::string> remarks_of(const std::vector<Claim>& claims, const Plan& plan) {
  std::vector<std::string> remarks{fmt::format(
      "The task: recall the first symbol of a sequence after {} others that mean nothing. The recurrent weight of each "
      "RNN begins as an orthogonal matrix times the norm; \u2018clipped\u2019 are those whose gradient is clipped to "
      "{}. RNNs learn by gradient descent with momentum; LSTM and GRU by RMSProp, with biases that let them remember "
      "from the start (Tallec and Ollivier 2018).",
      plan.steps - 1, clip)};
  for (const auto& [words, holds] : claims)
    remarks.push_back(fmt::format("{} {}", holds ? "\u2713" : "\u2717 NOT SO:", words));
  return remarks;
}

}  // namespace

std::vector<unroll::flow::NamedFlow> shown(const std::vector<Outcome>& outcomes,
                                           unroll::flow::NamedFlow Outcome::*when) {
  std::vector<unroll::flow::NamedFlow> flows;
  for (const Outcome& outcome : outcomes)
    if (std::isfinite(outcome.contender.clip)) flows.push_back(outcome.*when);
  return flows;
}

std::string to_text(const std::vector<Outcome>& outcomes, const std::vector<Claim>& claims, const Plan& plan) {
  std::string text = to_table(shown(outcomes, &Outcome::before)) + "\n" + to_text(results(outcomes, plan));
  for (const std::string& remark : remarks_of(claims, plan)) text += "\n" + remark;
  return text + "\n";
}

unroll::flow::FlowPage to_page(const std::vector<Outcome>& outcomes, const std::vector<Claim>& claims,
                               const Plan& plan) {
  return {.title = "Gradients that vanish and explode",
          .remarks = remarks_of(claims, plan),
          .tables = {results(outcomes, plan)},
          .groups = {{.heading = "Before training", .flows = shown(outcomes, &Outcome::before)},
                     {.heading = "After training, with gradients clipped", .flows = shown(outcomes, &Outcome::after)}}};
}

}  // namespace vanishing_gradient
