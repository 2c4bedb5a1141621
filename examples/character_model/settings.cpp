#include "character_model/settings.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace character_model {

namespace {

constexpr std::uint64_t format_version = 1;

[[noreturn]] void refuse(const std::string& why) {
  throw unroll::FileError("the model's description is damaged: " + why);
}

/// A JSON value as text for a message: short, and without control characters.
std::string shown(const nlohmann::json& value) {
  return value.is_string() ? unroll::quoted(value.get<std::string>()) : unroll::printable(value.dump());
}

const nlohmann::json& member(const nlohmann::json& json, const char* name) {
  if (!json.is_object() || !json.contains(name)) refuse(fmt::format("{}: nothing is there", name));
  return json[name];
}

std::uint64_t whole(const nlohmann::json& json, const char* name, std::uint64_t least, std::uint64_t most) {
  const auto& value = member(json, name);
  if (!value.is_number_unsigned() || value < least || value > most)
    refuse(fmt::format("{}: {} given, expected a whole number from {} to {}", name, shown(value), least, most));
  return value.get<std::uint64_t>();
}

CellKind cell_of(const nlohmann::json& json) {
  const auto& value = member(json, "cell");
  const auto found =
      value.is_string() ? std::find(cell_names.begin(), cell_names.end(), value.get<std::string>()) : cell_names.end();
  if (found == cell_names.end())
    refuse(fmt::format("cell: {} given, expected {}", shown(value), fmt::join(cell_names, ", ")));
  return static_cast<CellKind>(found - cell_names.begin());
}

double dropout_of(const nlohmann::json& json) {
  const auto& value = member(json, "dropout");
  if (!value.is_number() || !(value >= 0.0 && value < 1.0))
    refuse(fmt::format("dropout: {} given, expected a number in [0, 1)", shown(value)));
  return value.get<double>();
}

}  // namespace

double parameter_count(const Settings& settings, std::size_t vocabulary) {
  const auto V = static_cast<double>(vocabulary), D = static_cast<double>(settings.embedding);
  const auto H = static_cast<double>(settings.hidden), layers = static_cast<double>(settings.layers);
  const CellTraits& cell = traits_of(settings.cell);
  const double gates = settings.cell == CellKind::mlstm ? 2 * static_cast<double>(heads_of(settings.hidden)) : 0;
  const auto of_layer = [&](double inputs) {
    return H * (cell.of_inputs * inputs + cell.of_hidden * H + cell.of_units) + gates * (inputs + 1);
  };
  return V * D + of_layer(D) + (layers - 1) * of_layer(H) + V * (H + 1);
}

std::string description_to_json(const Description& description) {
  const Settings& settings = description.settings;
  nlohmann::ordered_json json;
  json["format_version"] = format_version;
  json["cell"] = name_of(settings.cell);
  json["layers"] = settings.layers;
  json["hidden"] = settings.hidden;
  json["embedding"] = settings.embedding;
  json["dropout"] = settings.dropout;
  json["start"] = description.start;
  json["vocabulary"] = nlohmann::ordered_json::parse(vocabulary_to_json(description.vocabulary));
  return json.dump();
}

Description description_from_json(const std::string& text) {
  const auto json = parse_description(text, "the model's description is damaged");
  if (!json.is_object()) refuse("expected a JSON object");
  const auto& version = member(json, "format_version");
  if (version.is_number_unsigned() && version > format_version)
    throw unroll::FileError(
        fmt::format("the model was written in version {} of its format; this program reads up to {}", shown(version),
                    format_version));
  if (version != format_version)
    refuse(fmt::format("format_version: {} given, expected {}", shown(version), format_version));
  Vocabulary vocabulary = vocabulary_from(member(json, "vocabulary"));
  const auto start = static_cast<int>(whole(json, "start", 0, vocabulary.size() - 1));
  return {.settings = {.cell = cell_of(json),
                       .layers = whole(json, "layers", 1, most_layers),
                       .hidden = whole(json, "hidden", 1, most_hidden),
                       .embedding = whole(json, "embedding", 1, most_hidden),
                       .dropout = dropout_of(json)},
          .vocabulary = std::move(vocabulary),
          .start = start};
}

}  // namespace character_model
