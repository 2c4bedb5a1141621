#include <unroll/models/analysis/flow_report.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace unroll::inline v0::flow {

namespace {

/// A field that holds a comma, a quote or the end of a line is put in quotes, and its quotes are doubled.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char character : text) quoted += character == '"' ? "\"\"" : std::string(1, character);
  return quoted + '"';
}

std::string cell(std::size_t number) { return fmt::format("{}", number); }

class Lines {
 public:
  explicit Lines(const std::string& model) : model_(field(model)) {}

  void add(const std::string& layer, const char* quantity, const std::string& of, const std::string& step,
           const std::string& distance, double value) {
    text += fmt::format("{},{},{},{},{},{},{}\r\n", model_, layer, quantity, field(of), step, distance, value);
  }
  std::string text;

 private:
  std::string model_;
};

void add_layer(Lines& lines, const std::string& name, const LayerFlow& layer) {
  for (const auto& state : layer.states)
    for (std::size_t t = 0; t < state.gradient.size(); ++t)
      lines.add(name, "gradient", state.name, cell(t), "", state.gradient[t]);
  for (const auto& [end, distance, norm, largest] : layer.jacobians) {
    lines.add(name, "jacobian", "", cell(end), cell(distance), norm);
    lines.add(name, "jacobian_largest", "", cell(end), cell(distance), largest);
  }
  if (layer.bound)
    for (const auto& norm : by_distance(layer.jacobians))
      lines.add(name, "bound", "", "", cell(norm.distance), std::pow(*layer.bound, static_cast<double>(norm.distance)));
  lines.add(name, "decay", "", "", "", layer.decay.per_step);
  for (const auto& gate : layer.gates) {
    lines.add(name, "gate_shut", gate.name, "", "", gate.shut);
    lines.add(name, "gate_open", gate.name, "", "", gate.open);
    lines.add(name, "gate_mean", gate.name, "", "", gate.mean);
  }
}

nlohmann::ordered_json layer_to_json(const LayerFlow& layer, std::size_t steps) {
  nlohmann::ordered_json json;
  json["kind"] = name_of(kind_of(layer, steps));
  json["decay_per_step"] = layer.decay.per_step;
  json["halving_steps"] = layer.decay.halving_steps();
  json["gone_after"] = nullptr;
  if (layer.decay.gone) json["gone_after"] = *layer.decay.gone;
  json["bound_per_step"] = nullptr;
  if (layer.bound) json["bound_per_step"] = *layer.bound;
  json["within_bound"] = within_bound(layer);
  json["exact"] = layer.exact;
  for (const auto& state : layer.states) json["gradients"][state.name] = state.gradient;
  json["jacobians"] = nlohmann::ordered_json::array();
  for (const auto& [distance, norm, largest] : by_distance(layer.jacobians))
    json["jacobians"].push_back({{"distance", distance}, {"norm", norm}, {"largest", largest}});
  json["gates"] = nlohmann::ordered_json::object();
  for (const auto& gate : layer.gates)
    json["gates"][gate.name] = {{"shut", gate.shut}, {"open", gate.open}, {"mean", gate.mean}};
  return json;
}

}  // namespace

std::string to_csv(std::span<const NamedFlow> flows) {
  std::string text = "model,layer,quantity,of,step,distance,value\r\n";
  for (const auto& [name, flow] : flows) {
    Lines lines(name);
    lines.add("", "loss", "", "", "", flow.loss);
    lines.add("", "gradient_norm", "", "", "", flow.gradient_norm);
    lines.add("", "windows", "", "", "", static_cast<double>(flow.clipping.windows));
    lines.add("", "clipped", "", "", "", static_cast<double>(flow.clipping.clipped));
    lines.add("", "denormal_values", "", "", "", static_cast<double>(flow.denormals.values));
    lines.add("", "denormal_gradients", "", "", "", static_cast<double>(flow.denormals.gradients));
    for (std::size_t layer = 0; layer < flow.layers.size(); ++layer) add_layer(lines, cell(layer), flow.layers[layer]);
    text += lines.text;
  }
  return text;
}

std::string to_json(const NamedFlow& named) {
  const auto& [name, flow] = named;
  nlohmann::ordered_json json;
  json["model"] = name;
  json["steps"] = flow.steps;
  json["sequences"] = flow.batch;
  json["loss"] = flow.loss;
  json["gradient_norm"] = flow.gradient_norm;
  json["clipping"] = {
      {"limit", flow.clipping.limit}, {"windows", flow.clipping.windows}, {"clipped", flow.clipping.clipped}};
  json["denormals"] = {{"values", flow.denormals.values},
                       {"gradients", flow.denormals.gradients},
                       {"numbers_of_each", flow.denormals.numbers}};
  json["verdict"] = verdict(flow);
  json["layers"] = nlohmann::ordered_json::array();
  for (const auto& layer : flow.layers) json["layers"].push_back(layer_to_json(layer, flow.steps));
  return json.dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace unroll::inline v0::flow
