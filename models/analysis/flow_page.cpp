#include <unroll/framework/charts/line_chart.hpp>
#include <unroll/framework/charts/page.hpp>
#include <unroll/models/analysis/flow_charts.hpp>
#include <unroll/models/analysis/flow_page.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace unroll::inline v0::flow {

namespace {

using charts::escape, charts::LineChart, charts::Series;

constexpr std::string_view style = R"(<style>
.maps { display: flex; flex-wrap: wrap; gap: 12px; }
.vanishing { color: #00529b; } .exploding, .not { color: #b2182b; } .healthy { color: #006b4d; }
</style>
)";

std::string layer_name(const NamedFlow& named, std::size_t layer) {
  return named.flow.layers.size() == 1 ? named.name : fmt::format("{}, layer {}", named.name, layer);
}

/// Calls `visit(name, layer, flow, count)` for the layers of all models.
void for_each_layer(std::span<const NamedFlow> flows, auto&& visit) {
  std::size_t count = 0;
  for (const NamedFlow& named : flows)
    for (std::size_t layer = 0; layer < named.flow.layers.size(); ++layer)
      visit(layer_name(named, layer), named.flow.layers[layer], named.flow, count++);
}

std::string summary(std::span<const NamedFlow> flows) {
  std::string html =
      "<table>\n<tr><th>model</th><th>kind</th><th>decay per step</th><th>gradients</th><th>bound per step</th>"
      "<th>gradients clipped</th><th>denormals</th></tr>\n";
  for_each_layer(flows, [&](const std::string& name, const LayerFlow& layer, const auto& flow, std::size_t) {
    const auto kind = name_of(kind_of(layer, flow.steps));
    html += fmt::format(
        "<tr><td>{}</td><td class=\"{}\">{}</td><td class=\"number\">{:.4f}</td><td>{}</td>"
        "<td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{:.2g} %</td></tr>\n",
        escape(name), kind, kind, layer.decay.per_step, describe(layer.decay),
        layer.bound ? fmt::format("{:.4f}", *layer.bound) : "\u2013",
        std::isfinite(flow.clipping.limit) ? fmt::format("{:.0f} %", 100 * flow.clipping.fraction()) : "\u2013",
        100 * flow.denormals.fraction());
  });
  return html + "</table>\n";
}

std::string gradients_through_time(std::span<const NamedFlow> flows) {
  LineChart chart{.title = "Gradient of the loss by the state after each step",
                  .x_label = "step t of the sequence",
                  .y_label = "‖∂L/∂state after step t‖",
                  .series = {}};
  for_each_layer(flows, [&](const std::string& name, const LayerFlow& layer, const auto&, std::size_t count) {
    for (const auto& state : layer.states) {
      const bool first = &state == &layer.states.front();
      Series& series = chart.series.emplace_back(
          Series{.name = fmt::format("{}: {}", name, state.name), .color = count, .dashed = !first, .points = {}});
      for (std::size_t t = 0; t < state.gradient.size(); ++t)
        series.points.push_back({static_cast<double>(t), state.gradient[t]});
    }
  });
  return draw(chart);
}

std::string jacobians_over_distance(std::span<const NamedFlow> flows) {
  LineChart chart{.title = "What is left of a gradient after so many steps, and the bound",
                  .x_label = "distance i \u2212 k in steps",
                  .y_label = "‖∂state i / ∂state k‖₂",
                  .series = {}};
  for_each_layer(flows, [&](const std::string& name, const LayerFlow& layer, const auto&, std::size_t count) {
    Series found{.name = name, .color = count, .points = {}},
        bound{.name = name + ": bound", .color = count, .dashed = true, .points = {}};
    for (const auto& norm : by_distance(layer.jacobians)) {
      const auto distance = static_cast<double>(norm.distance);
      found.points.push_back({distance, norm.norm});
      if (layer.bound) bound.points.push_back({distance, std::pow(*layer.bound, distance)});
    }
    chart.series.push_back(found);
    if (layer.bound) chart.series.push_back(bound);
  });
  return draw(chart);
}

/// The heat map of a layer: each rectangle spans from the distance before to its own, and likewise for the end.
HeatMap heat_map(const std::string& name, const LayerFlow& layer, double decades) {
  HeatMap map{.title = name,
              .x_label = "distance i \u2212 k in steps",
              .y_label = "step i",
              .value_label = "‖∂state i / ∂state k‖₂",
              .rectangles = {},
              .decades = decades};
  double end_before = 0.5, end = 0, distance_before = 0.5;
  for (const auto& jacobian : layer.jacobians) {
    const auto this_end = static_cast<double>(jacobian.end) + 0.5;
    if (this_end > end) {
      if (end > 0) end_before = end;
      end = this_end, distance_before = 0.5;
    }
    const auto distance = static_cast<double>(jacobian.distance) + 0.5;
    map.rectangles.push_back({distance_before, distance, end_before, end, jacobian.norm});
    distance_before = distance;
  }
  return map;
}

std::string heat_maps(std::span<const NamedFlow> flows) {
  double decades = 1;
  for_each_layer(flows, [&](const auto&, const LayerFlow& layer, const auto&, std::size_t) {
    for (const auto& jacobian : layer.jacobians)
      if (jacobian.norm > 0 && std::isfinite(jacobian.norm))
        decades = std::max(decades, std::abs(std::log10(jacobian.norm)));
  });
  std::string html = "<div class=\"maps\">\n";
  for_each_layer(flows, [&](const std::string& name, const LayerFlow& layer, const auto&, std::size_t) {
    html += draw(heat_map(name, layer, std::min(std::ceil(decades), 8.0)));
  });
  return html + "</div>\n";
}

std::string gates(std::span<const NamedFlow> flows) {
  FractionBars bars{.title = "How far gates are open",
                    .x_label = "fraction of all gates, in %",
                    .low_label = "shut: below 0.05",
                    .middle_label = "between",
                    .high_label = "open: above 0.95",
                    .bars = {}};
  for_each_layer(flows, [&](const std::string& name, const LayerFlow& layer, const auto&, std::size_t) {
    for (const auto& gate : layer.gates)
      bars.bars.push_back({fmt::format("{}: {} gate", name, gate.name), gate.shut, gate.open});
  });
  return bars.bars.empty() ? "<p>None of these models has gates.</p>\n" : draw(bars);
}

std::string verdicts(std::span<const NamedFlow> flows) {
  std::string html = "<ul>\n";
  for (const auto& [name, flow] : flows)
    html += fmt::format("<li><b>{}</b>: {}</li>\n", escape(name), escape(verdict(flow)));
  return html + "</ul>\n";
}

std::string section(const char* heading, const char* text, const std::string& content) {
  return fmt::format("<h3>{}</h3>\n<p>{}</p>\n{}", heading, text, content);
}

std::string to_html(const FlowGroup& group) {
  std::string html;
  if (!group.heading.empty()) html += fmt::format("<h2>{}</h2>\n", escape(group.heading));
  html += section("In short",
                  "Decay is what a step does to a gradient on its way back, fitted to the norms of the Jacobians; the "
                  "bound is what the weights alone allow (Pascanu, Mikolov and Bengio 2013), known for plain recurrent "
                  "networks.",
                  summary(group.flows) + verdicts(group.flows));
  html += section("The gradient through time",
                  "How much the loss would change if the state after a step were another. The gradient comes from the "
                  "right, where the sequence ends.",
                  gradients_through_time(group.flows));
  html += section("Over a distance",
                  "The most by which a change of the state at step k is stretched or shrunk until step i: the spectral "
                  "norm of the Jacobian of the whole state, as the geometric mean over sequences and steps i. Dashed "
                  "lines are bounds: no line may lie above its own.",
                  jacobians_over_distance(group.flows));
  html += section("Step by step",
                  "The same for single steps i. Blue has shrunk, red has grown, white is as it was; gray lies before "
                  "the beginning of the sequence. Rest the pointer on a place for its number.",
                  heat_maps(group.flows));
  return html
         + section("Gates", "A gate that is always open or always shut passes hardly any gradient to its own weights.",
                   gates(group.flows));
}

std::string to_html(const ResultTable& table) {
  std::string html = fmt::format("<h2>{}</h2>\n<p>{}</p>\n<table>\n<tr>", escape(table.heading), escape(table.remark));
  for (const std::string& column : table.columns) html += fmt::format("<th>{}</th>", escape(column));
  for (const auto& row : table.rows) {
    html += "</tr>\n<tr>";
    for (const std::string& cell : row) html += fmt::format("<td>{}</td>", escape(cell));
  }
  return html + "</tr>\n</table>\n";
}

}  // namespace

std::string to_html(const FlowPage& page) {
  std::string html;
  for (const std::string& remark : page.remarks) html += fmt::format("<p>{}</p>\n", escape(remark));
  for (const ResultTable& table : page.tables) html += to_html(table);
  for (const FlowGroup& group : page.groups) html += to_html(group);
  return charts::to_html({.title = page.title, .head = style, .body = html});
}

}  // namespace unroll::inline v0::flow
