#include "character_model/model.hpp"

#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/models/files/state_dict.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace character_model {

namespace {

constexpr const char* description_key = "character_model";

/// Calls `read`, and puts the name of the file before the message of a FileError that it throws.
template <class Read>
auto naming(const std::filesystem::path& path, const Read& read) {
  try {
    return read();
  } catch (const unroll::FileError& error) {
    const std::string message = error.what(), name = unroll::quoted(path);
    if (message.find(name) != std::string::npos) throw;
    throw unroll::FileError(fmt::format("cannot use {}: {}", name, message));
  }
}

/// Throws unroll::FileError when the described sizes do not fit the file: a description that lies about sizes must not
/// make the program allocate them.
void expect_size(const unroll::SafetensorsFile& file, const Description& description) {
  double count = 0;
  for (const auto& [name, tensor] : file.tensors) count += static_cast<double>(shape_of(tensor).size());
  const double expected = parameter_count(description.settings, description.vocabulary.size());
  if (count != expected)
    throw unroll::FileError(fmt::format(
        "its {} cell with {} of {} has {} numbers, but the file holds {}", name_of(description.settings.cell),
        unroll::counted(description.settings.layers, "layer"), description.settings.hidden, expected, count));
}

template <std::size_t kind = 0>
AnyModel make_alternative(const Settings& settings, std::size_t vocabulary, const unroll::Random& random) {
  if constexpr (kind + 1 < std::variant_size_v<AnyModel>)
    if (settings.cell != static_cast<CellKind>(kind)) return make_alternative<kind + 1>(settings, vocabulary, random);
  return AnyModel(std::in_place_index<kind>, settings, vocabulary, random);
}

void expect_finite(const AnyModel& model) {
  const auto damaged = std::visit([](const auto& chosen) { return unroll::nonfinite_parameters(chosen); }, model);
  if (!damaged.empty())
    throw unroll::FileError(fmt::format("{} holds numbers that are not finite; its training has diverged", damaged[0]));
}

}  // namespace

AnyModel make_model(const Settings& settings, std::size_t vocabulary, const unroll::Random& random) {
  return make_alternative(settings, vocabulary, random);
}

std::uint64_t bytes_of_model_file(const Description& description) {
  constexpr std::uint64_t bytes_of_entry = 250, padding = 1000;  // of the header: for each tensor; for all else
  const Settings& settings = description.settings;
  const std::string json = description_to_json(description);
  const auto escapes = static_cast<std::uint64_t>(std::count(json.begin(), json.end(), '"'));
  const std::uint64_t tensors =
      traits_of(settings.cell).tensors * settings.layers + 3;  // of each layer, the embedding and the output layer
  const double weights = sizeof(float) * parameter_count(settings, description.vocabulary.size());
  return static_cast<std::uint64_t>(weights) + json.size() + escapes + bytes_of_entry * tensors + padding;
}

std::string name_in_file(CellKind cell, std::string_view path) {
  return traits_of(cell).in_pytorch ? unroll::pytorch_name(path) : std::string(path);
}

std::map<std::string, std::string> metadata_of(const Description& description) {
  return {{description_key, description_to_json(description)}, {"format", "pt"}};  // some loaders refuse other formats
}

ModelFile read_model_file(const std::filesystem::path& path) {
  return naming(path, [&]() -> ModelFile {
    unroll::SafetensorsFile content = unroll::read_safetensors(path);
    const auto found = content.metadata.find(description_key);
    if (found == content.metadata.end())
      throw unroll::FileError("it is a safetensors file, but not one that character_model train has written");
    return {description_from_json(found->second), std::move(content)};
  });
}

LoadedModel load_model(const std::filesystem::path& path) {
  return naming(path, [&]() -> LoadedModel {
    const auto [description, content] = read_model_file(path);
    expect_size(content, description);
    AnyModel model = make_model(description.settings, description.vocabulary.size(), unroll::Random(0));
    const auto name = [cell = description.settings.cell](std::string_view own) { return name_in_file(cell, own); };
    std::visit([&, &file = content](auto& chosen) { unroll::load_module(file, chosen, {}, name); }, model);
    expect_finite(model);
    return {description, std::move(model)};
  });
}

}  // namespace character_model
