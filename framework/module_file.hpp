#pragma once

#include <unroll/framework/module.hpp>
#include <unroll/framework/safetensors.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Modules in files: every Parameter under its path, or under what `rename` makes of the path.
///
///     save_module("model.safetensors", model, {{"hidden", "256"}});
///     const auto metadata = load_module("model.safetensors", model);
///
/// A file may hold more than one module, each under a prefix of its own:
///
///     SafetensorsFile file;
///     add_module(file, encoder, "encoder.");
///     add_module(file, decoder, "decoder.");
///     write_safetensors("both.safetensors", file);
///     load_module("both.safetensors", decoder, {.prefix = "decoder."});
namespace unroll::inline v0 {

/// Makes the name in a file of a path in a module.
template <class Type>
concept Renaming = requires(const Type& rename, const std::string& path) {
  std::string(std::invoke(rename, path));
};

/// What a load accepts that does not fit the module exactly: `load_module(path, model, {.ignore_unexpected = true})`.
struct LoadOptions {
  /// What stands before each of the module's names in the file, with its dot: "model.". Tensors under other names are
  /// not the module's, and stay in the file. Empty: the whole file is the module's.
  std::string prefix = {};
  /// Tensors that the module has no parameter for are left in the file.
  bool ignore_unexpected = false;
  /// A layer made without biases, as PyTorch's are by bias=False, gets zeros for them, which compute the same: where
  /// some parameter of the layer (all that have one path but for the last part) is in the file, and none whose last
  /// part ends in "bias". A layer that lacks one of its biases is refused all the same. What trains on afterwards
  /// learns biases; `frozen = true` keeps them as they are.
  bool zero_missing_biases = false;
};

namespace detail {

/// A parameter of either scalar, its paths (one that is tied has several), and what a file may call it, once each.
struct FileSlot {
  std::vector<std::string> paths, names;
  std::variant<Parameter<float>*, Parameter<double>*> parameter;
};

/// Puts a tensor under a name; throws ArgumentError when the name is taken.
void add_tensor(SafetensorsFile& file, const std::string& name, StoredTensor tensor);
/// Puts all tensors of `from` into `file`; throws ArgumentError, and changes nothing, when a name is taken.
void add_tensors(std::string_view operation, SafetensorsFile& file, SafetensorsFile from);
/// Throws FileError listing all names, types and shapes that do not fit; ArgumentError when two slots have one name.
void expect_fit(const SafetensorsHeader& header, const std::vector<FileSlot>& slots, const LoadOptions& options,
                const std::string& source);
/// Checks, then copies all tensors.
void load(const SafetensorsFile& file, const std::vector<FileSlot>& slots, const LoadOptions& options);
/// The same from a file, whose numbers are read after its header has been found to fit. Returns the metadata.
std::map<std::string, std::string> load(const std::filesystem::path& path, const std::vector<FileSlot>& slots,
                                        const LoadOptions& options);

/// Puts the parameter into its slot, under one more path.
void add_to_slots(std::vector<FileSlot>& slots, const std::string& path, std::string name,
                  std::variant<Parameter<float>*, Parameter<double>*> parameter);

template <Module M, Renaming Rename>
std::vector<FileSlot> slots_of(M& module, const std::string& prefix, const Rename& rename) {
  std::vector<FileSlot> slots;
  for_each_parameter(module, [&](const std::string& path, auto& parameter) {
    add_to_slots(slots, path, prefix + std::string(std::invoke(rename, path)), &parameter);
  });
  return slots;
}

}  // namespace detail

/// The parameters of a module as the content of a file, for those who store more beside them. One that is tied is there
/// once, under the first of its paths.
template <Module M, Renaming Rename = std::identity>
SafetensorsFile to_safetensors(const M& module, std::map<std::string, std::string> metadata = {},
                               const Rename& rename = {}) {
  SafetensorsFile file{{}, std::move(metadata)};
  std::vector<const void*> known;
  for_each_parameter(module, [&](const std::string& path, const auto& parameter) {
    if (std::find(known.begin(), known.end(), &parameter) != known.end()) return;
    known.push_back(&parameter);
    detail::add_tensor(file, std::string(std::invoke(rename, path)), parameter.value());
  });
  return file;
}

/// Puts the parameters of a module into a file that holds more, each under `prefix` and its name, so that a model, its
/// optimizer and what else training needs go into one file. Throws ArgumentError, and changes nothing, when the file
/// has a tensor of such a name already.
template <Module M, Renaming Rename = std::identity>
void add_module(SafetensorsFile& file, const M& module, const std::string& prefix, const Rename& rename = {}) {
  detail::add_tensors("add_module", file, to_safetensors(module, {}, [&](const std::string& path) {
                        return prefix + std::string(std::invoke(rename, path));
                      }));
}

/// Saves the parameters of a module, atomically: an old file stays until the new one is whole. Throws IoError.
template <Module M, Renaming Rename = std::identity>
void save_module(const std::filesystem::path& path, const M& module, std::map<std::string, std::string> metadata = {},
                 const Rename& rename = {}) {
  write_safetensors(path, to_safetensors(module, std::move(metadata), rename));
}

/// Loads the parameters of a module, converting float to double and back. The file must hold exactly the module's
/// names and shapes, but for what the options accept; otherwise FileError lists everything that is missing, unexpected
/// or of another shape, names the option that would accept it, and the module is as it was. A parameter that is tied
/// may be there under any of its paths; under several, their numbers must be equal. Returns the file's metadata. With
/// a prefix, all of this is asked of the names that begin with it; where none of them is the module's, FileError names
/// the prefixes that the file has. Throws IoError when the file cannot be read.
template <Module M, Renaming Rename = std::identity>
std::map<std::string, std::string> load_module(const std::filesystem::path& path, M& module, const LoadOptions& options,
                                               const Rename& rename = {}) {
  return detail::load(path, detail::slots_of(module, options.prefix, rename), options);
}
template <Module M, Renaming Rename = std::identity>
std::map<std::string, std::string> load_module(const std::filesystem::path& path, M& module,
                                               const Rename& rename = {}) {
  return load_module(path, module, LoadOptions{}, rename);
}
/// The same from a file that has been read.
template <Module M, Renaming Rename = std::identity>
void load_module(const SafetensorsFile& file, M& module, const LoadOptions& options, const Rename& rename = {}) {
  detail::load(file, detail::slots_of(module, options.prefix, rename), options);
}
template <Module M, Renaming Rename = std::identity>
void load_module(const SafetensorsFile& file, M& module, const Rename& rename = {}) {
  load_module(file, module, LoadOptions{}, rename);
}

/// The paths of the parameters in which some number is infinite or NaN: what training that diverged leaves behind.
template <Module M>
std::vector<std::string> nonfinite_parameters(const M& module) {
  std::vector<std::string> paths;
  for_each_parameter(module, [&](const std::string& path, const auto& parameter) {
    for (const auto value : parameter.value())
      if (!std::isfinite(value)) return paths.push_back(path);
  });
  return paths;
}
template <Module M>
bool all_finite(const M& module) {
  return nonfinite_parameters(module).empty();
}

}  // namespace unroll::inline v0
