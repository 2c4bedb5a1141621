#include "character_model/commands.hpp"
#include "character_model/model.hpp"
#include "console/output.hpp"
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace character_model {

using console::write_output;

namespace {

std::size_t parameters_in(const unroll::SafetensorsFile& file) {
  std::size_t count = 0;
  for (const auto& [name, tensor] : file.tensors) count += shape_of(tensor).size();
  return count;
}

bool is_finite(const unroll::StoredTensor& tensor) {
  return std::visit(
      [](const auto& numbers) {
        return std::all_of(numbers.begin(), numbers.end(),
                           [](auto number) { return std::isfinite(static_cast<double>(number)); });
      },
      tensor);
}

const char* units_of(const Vocabulary& vocabulary) {
  return vocabulary.unit() == CharacterUnit::byte ? "bytes" : "characters";
}

/// The vocabulary as one word, with all but plain characters escaped.
std::string show(const Vocabulary& vocabulary) {
  std::string all;
  for (const char32_t character : vocabulary.characters()) unroll::append_utf8(all, character);
  return unroll::quoted(all);
}

std::string to_text(const std::string& path, const ModelFile& file) {
  const auto& [description, content] = file;
  const Settings& settings = description.settings;
  std::string text = fmt::format(
      "model       {}\ncell        {}\nlayers      {} of {} units\nembedding   {} numbers a character\ndropout     {}\n"
      "vocabulary  {} {}: {}\nparameters  {}\n",
      unroll::quoted(path), name_of(settings.cell), settings.layers, settings.hidden, settings.embedding,
      settings.dropout, description.vocabulary.size(), units_of(description.vocabulary), show(description.vocabulary),
      parameters_in(content));
  for (const auto& [name, tensor] : content.tensors)
    text += fmt::format("  {:28} {:>10}  {}{}\n", unroll::printable(name), shape_of(tensor).size(),
                        to_string(shape_of(tensor)),
                        is_finite(tensor) ? "" : "  not finite: generate and evaluate refuse it");
  return text;
}

std::string to_json(const ModelFile& file) {
  const auto& [description, content] = file;
  nlohmann::ordered_json json;
  json["cell"] = name_of(description.settings.cell);
  json["layers"] = description.settings.layers;
  json["hidden"] = description.settings.hidden;
  json["embedding"] = description.settings.embedding;
  json["dropout"] = description.settings.dropout;
  json["parameters"] = parameters_in(content);
  json["vocabulary"] = nlohmann::ordered_json::parse(vocabulary_to_json(description.vocabulary));
  for (const auto& [name, tensor] : content.tensors)
    json["tensors"][name] = {{"shape", std::vector<std::size_t>(shape_of(tensor).begin(), shape_of(tensor).end())},
                             {"finite", is_finite(tensor)}};
  return json.dump(-1, ' ', /*ensure_ascii=*/true) + "\n";
}

}  // namespace

void run_inspect(const InspectOptions& options) {
  if (options.gradient_flow) return run_gradient_flow(options);
  const ModelFile file = read_model_file(options.model);
  write_output(options.json ? to_json(file) : to_text(options.model, file));
}

}  // namespace character_model
