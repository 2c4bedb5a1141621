#include <unroll/models/analysis/flow_report.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace unroll::inline v0::flow {

namespace {

/// The width of the first column in columns of the terminal, as fmt counts them, not in bytes.
std::size_t name_width(std::span<const NamedFlow> flows) {
  std::size_t width = 5;
  for (const auto& [name, flow] : flows) width = std::max(width, fmt::formatted_size("{}", name));
  return width;
}

std::string row(const LayerFlow& layer, const GradientFlow& flow) {
  const auto& gradient = layer.states.at(0).gradient;
  double saturated = 0;
  for (const auto& gate : layer.gates) saturated += gate.saturated() / static_cast<double>(layer.gates.size());
  return fmt::format("{:>8.4f}  {:<26} {:>8}  {:>9.2e} {:>9.2e}  {:>9}  {}", layer.decay.per_step,
                     describe(layer.decay), layer.bound ? fmt::format("{:.4f}", *layer.bound) : "-", gradient.front(),
                     gradient.back(), layer.gates.empty() ? "-" : fmt::format("{:.0f} %", 100 * saturated),
                     name_of(kind_of(layer, flow.steps)));
}

/// A few of the distances of the first layer of the first model.
std::vector<std::size_t> few_distances(std::span<const NamedFlow> flows) {
  std::vector<std::size_t> chosen;
  if (flows.empty() || flows[0].flow.layers.empty()) return chosen;
  double next = 1;
  const auto norms = by_distance(flows[0].flow.layers[0].jacobians);
  for (const auto& norm : norms)
    if (static_cast<double>(norm.distance) >= next || norm.distance == norms.back().distance) {
      chosen.push_back(norm.distance);
      next = 2 * static_cast<double>(norm.distance);
    }
  return chosen;
}

std::string norm_at(const LayerFlow& layer, std::size_t distance) {
  for (const auto& norm : by_distance(layer.jacobians))
    if (norm.distance == distance) return fmt::format("{:.2e}", norm.norm);
  return "-";
}

std::string numbers_of_model(const GradientFlow& flow) {
  std::string text = fmt::format("loss {:.4g}, length of the gradient {:.3g}", flow.loss, flow.gradient_norm);
  if (std::isfinite(flow.clipping.limit))
    text += fmt::format(", {} of {} gradients clipped at {}", flow.clipping.clipped, flow.clipping.windows,
                        flow.clipping.limit);
  return text + fmt::format(", {:.2g} % denormals", 100 * flow.denormals.fraction());
}

}  // namespace

std::string to_table(std::span<const NamedFlow> flows) {
  const std::size_t width = name_width(flows);
  std::string table = fmt::format(
      "What a step does to a gradient: the decay of ‖∂s_i/∂s_k‖ per step, and ‖∂L/∂h‖ at the first and last step\n\n"
      "{:{}}  layer   decay  {:<26} {:>8}  {:>9} {:>9}  {:>9}  kind\n",
      "model", width, "gradients", "bound", "first", "last", "saturated");
  for (const auto& [name, flow] : flows)
    for (std::size_t layer = 0; layer < flow.layers.size(); ++layer)
      table += fmt::format("{:{}}  {:>5}{}\n", name, width, layer, row(flow.layers[layer], flow));
  const auto distances = few_distances(flows);
  table += fmt::format("\n‖∂s_i/∂s_k‖ over a distance i - k of so many steps\n\n{:{}}  layer", "model", width);
  for (const std::size_t distance : distances) table += fmt::format(" {:>9}", distance);
  for (const auto& [name, flow] : flows)
    for (std::size_t layer = 0; layer < flow.layers.size(); ++layer) {
      table += fmt::format("\n{:{}}  {:>5}", name, width, layer);
      for (const std::size_t distance : distances)
        table += fmt::format(" {:>9}", norm_at(flow.layers[layer], distance));
    }
  table += "\n";
  for (const auto& [name, flow] : flows)
    table += fmt::format("\n{}: {}\n{}\n", name, numbers_of_model(flow), verdict(flow));
  return table;
}

}  // namespace unroll::inline v0::flow
