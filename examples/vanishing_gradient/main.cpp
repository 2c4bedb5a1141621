// Gradients that vanish and explode, seen: recurrent networks whose weight is below, at and above the critical norm of
// 1, with clipping and without, beside an LSTM and a GRU, learn to recall the first symbol of a sequence. Prints what
// they did, writes a page with pictures, and ends with 0 when what theory claims has come about, with 4 otherwise.
#include "experiment.hpp"
#include "support/flow_page.hpp"
#include <unroll/framework/atomic_file.hpp>
#include <unroll/ops/product.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <span>
#include <vector>

namespace vanishing_gradient {
namespace {

constexpr double clip = 1;

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

/// A statement, and whether it has come about.
struct Claim {
  std::string words;
  bool holds;
};

bool bounds_hold(const std::vector<Outcome>& outcomes) {
  for (const Outcome& outcome : outcomes)
    for (const support::NamedFlow* const named : {&outcome.before, &outcome.after})
      if (!within_bound(named->flow.layers[0])) return false;
  return true;
}

std::vector<Claim> claims_of(const std::vector<Outcome>& outcomes, const Plan& plan) {
  const auto before = [&](std::size_t i) -> const unroll::LayerFlow& { return outcomes[i].before.flow.layers[0]; };
  const Outcome &below = outcomes[1], &lstm = outcomes[6], &gru = outcomes[7];
  std::vector<Claim> claims{
      {"No Jacobian is larger than the weights allow, of any network, before training or after.",
       bounds_hold(outcomes)},
      {fmt::format("Below the critical norm gradients vanish: the bound is {:.2f} a step, the gradient falls to {:.2f} "
                   "of itself.",
                   *before(0).bound, before(0).decay.per_step),
       before(0).decay.per_step < 1 && kind_of(before(0), plan.steps) == unroll::FlowKind::vanishing},
      {fmt::format("The larger the norm, the less is lost: {:.3f}, {:.3f} and {:.3f} a step.", before(0).decay.per_step,
                   before(2).decay.per_step, before(4).decay.per_step),
       before(0).decay.per_step < before(2).decay.per_step && before(2).decay.per_step < before(4).decay.per_step}};
  if (plan.updates >= Plan().updates) {
    claims.push_back({fmt::format("What vanishes cannot be learnt: below the critical norm {:.0f} % are recalled, by "
                                  "chance 25 %.",
                                  100 * below.accuracy),
                      below.accuracy < 0.5});
    claims.push_back(
        {fmt::format("Above it an update may be far too long: at norm {:.1f} {:.0f} % are recalled without "
                     "clipping, {:.0f} % with it.",
                     outcomes[4].contender.norm, 100 * outcomes[4].accuracy, 100 * outcomes[5].accuracy),
         outcomes[4].accuracy + 0.2 < outcomes[5].accuracy});
    claims.push_back({fmt::format("Gates keep the gradient: LSTM and GRU recall {:.0f} % and {:.0f} %.",
                                  100 * lstm.accuracy, 100 * gru.accuracy),
                      lstm.accuracy > 0.95 && gru.accuracy > 0.95});
  }
  return claims;
}

std::string clipped_share(const Outcome& outcome) {
  return std::isfinite(outcome.contender.clip) ? fmt::format("{:.0f} %", 100 * outcome.after.flow.clipping.share())
                                               : "never";
}

support::ResultTable results(const std::vector<Outcome>& outcomes, const Plan& plan) {
  support::ResultTable table{
      .heading = "After training",
      .remark = fmt::format("{} updates of {} sequences each. By chance 25 % are recalled.", plan.updates, plan.batch),
      .columns = {"model", "recalled", "longest gradient", "clipped", "decay before", "decay after"},
      .rows = {}};
  for (const Outcome& outcome : outcomes)
    table.rows.push_back({outcome.contender.name, fmt::format("{:.0f} %", 100 * outcome.accuracy),
                          fmt::format("{:.3g}", outcome.longest_gradient), clipped_share(outcome),
                          fmt::format("{:.3f}", outcome.before.flow.layers[0].decay.per_step),
                          fmt::format("{:.3f}", outcome.after.flow.layers[0].decay.per_step)});
  return table;
}

std::string to_text(const support::ResultTable& table) {
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

/// Those that were clipped, and LSTM and GRU: before training clipping changes nothing.
std::vector<support::NamedFlow> shown(const std::vector<Outcome>& outcomes, support::NamedFlow Outcome::*when) {
  std::vector<support::NamedFlow> flows;
  for (const Outcome& outcome : outcomes)
    if (std::isfinite(outcome.contender.clip)) flows.push_back(outcome.*when);
  return flows;
}

void write(const std::string& path, const std::string& text) {
  if (!path.empty()) unroll::write_atomically(path, std::as_bytes(std::span(text)));
}

int run(const Plan& plan, const std::string& html, const std::string& csv) {
  for (const std::string* const path : {&html, &csv})
    if (!path->empty()) unroll::expect_writable(*path);
  unroll::set_product_threads(1);  // small products: threads would wait for each other
  std::vector<Outcome> outcomes;
  for (const Contender& contender : contenders()) {
    outcomes.push_back(vanishing_gradient::run(contender, plan));
    std::fprintf(stderr, "%s: done\n", contender.name.c_str());
  }
  const auto before = shown(outcomes, &Outcome::before), after = shown(outcomes, &Outcome::after);
  const support::ResultTable table = results(outcomes, plan);
  std::vector<std::string> remarks{fmt::format(
      "The task: recall the first symbol of a sequence after {} others that mean nothing. The recurrent weight of each "
      "RNN begins as an orthogonal matrix times the norm; \u2018clipped\u2019 are those whose gradient is clipped to "
      "{}. RNNs learn by gradient descent with momentum; LSTM and GRU by RMSProp, with biases that let them remember "
      "from the start (Tallec and Ollivier 2018).",
      plan.steps - 1, clip)};
  bool all = true;
  for (const auto& [words, holds] : claims_of(outcomes, plan)) {
    remarks.push_back(fmt::format("{} {}", holds ? "\u2713" : "\u2717 NOT SO:", words));
    all = all && holds;
  }
  std::string text = to_table(before) + "\n" + to_text(table);
  for (const std::string& remark : remarks) text += "\n" + remark;
  std::printf("%s\n", text.c_str());
  write(csv, to_csv(after));
  write(html, support::to_html({.title = "Gradients that vanish and explode",
                                .remarks = remarks,
                                .tables = {table},
                                .groups = {{.heading = "Before training", .flows = before},
                                           {.heading = "After training, with gradients clipped", .flows = after}}}));
  return all ? 0 : 4;
}

int fail(int code, const char* what) {
  std::fprintf(stderr, "vanishing_gradient: error: %s\n", what);
  return code;
}

}  // namespace
}  // namespace vanishing_gradient

int main(int count, char** words) {
  using namespace vanishing_gradient;
  Plan plan;
  std::string html = "vanishing_gradient.html", csv;
  CLI::App app("Shows gradients that vanish and explode, on a task that needs memory.", "vanishing_gradient");
  app.add_option("--html", html, "page with pictures to write; empty: none")->capture_default_str();
  app.add_option("--csv", csv, "table of all numbers after training to write");
  app.add_option("--steps", plan.steps, "length of a sequence")->check(CLI::Range(2, 1000))->capture_default_str();
  app.add_option("--updates", plan.updates, "updates of each model; with fewer, nothing is claimed of what they learn")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--seed", plan.seed, "beginning of all random numbers")->capture_default_str();
  try {
    app.parse(count, words);
    return run(plan, html, csv);
  } catch (const CLI::CallForHelp&) {
    return std::puts(app.help().c_str()), 0;
  } catch (const CLI::ParseError& error) {
    return fail(2, error.what());
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}
