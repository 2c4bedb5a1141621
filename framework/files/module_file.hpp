#pragma once

#include <unroll/framework/files/safetensors.hpp>
#include <unroll/framework/tape/module.hpp>

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

/// A function from the path of a parameter in a module to its name in a file, both strings.
template <class Type>
concept Renaming = requires(const Type& rename, const std::string& path) {
  std::string(std::invoke(rename, path));
};

/// What a load accepts beside an exact fit: `load_module(path, model, {.ignore_unexpected = true})`.
struct LoadOptions {
  /// The prefix of the module's names in the file, with its dot: "model.". The load ignores tensors under other names.
  /// Empty: the whole file is the module's.
  std::string prefix = {};
  /// Ignores tensors for which the module has no parameter.
  bool ignore_unexpected = false;
  /// Gives zeros to the biases of a layer that was made without them (PyTorch's bias=False); zeros compute the same. A
  /// layer is all parameters whose paths differ only in their last part. It counts as made without biases when the file
  /// has some of its parameters, and none whose last part ends in "bias"; a layer that lacks only some of its biases is
  /// refused. Training goes on to learn the biases, unless they are `frozen`.
  bool zero_missing_biases = false;
};

namespace detail {

/// A parameter of either scalar, its paths (a tied one has several), and its possible names in a file, once each.
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
/// The same from a file: reads the numbers after the header has been found to fit. Returns the metadata.
std::map<std::string, std::string> load(const std::filesystem::path& path, const std::vector<FileSlot>& slots,
                                        const LoadOptions& options);

/// Adds a path and a name to the slot of the parameter, which it makes for the first path.
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

/// The parameters of a module as the content of a file, to which a program may add more. A tied parameter is there
/// once, under the first of its paths. Throws ArgumentError when `rename` gives two parameters one name.
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

/// Puts the parameters of a module into a file, each under `prefix` and its name, so that one file holds several
/// modules, or a model and its optimizer (training_state.hpp). Throws ArgumentError, and changes nothing, when the file
/// already has a tensor of such a name.
template <Module M, Renaming Rename = std::identity>
void add_module(SafetensorsFile& file, const M& module, const std::string& prefix, const Rename& rename = {}) {
  detail::add_tensors("add_module", file, to_safetensors(module, {}, [&](const std::string& path) {
                        return prefix + std::string(std::invoke(rename, path));
                      }));
}

/// Saves the parameters of a module, atomically: an old file stays until the new one is whole. Throws as to_safetensors
/// and write_safetensors do.
template <Module M, Renaming Rename = std::identity>
void save_module(const std::filesystem::path& path, const M& module, std::map<std::string, std::string> metadata = {},
                 const Rename& rename = {}) {
  write_safetensors(path, to_safetensors(module, std::move(metadata), rename));
}

/// Loads the parameters of a module, converting float to double and back, and returns the file's metadata. The file
/// must hold exactly the module's names and shapes, but for what the options accept. Otherwise it throws FileError,
/// which lists every tensor that is missing, unexpected or of another shape and names the option that would accept it,
/// and leaves the module as it was. A tied parameter may be in the file under any of its paths; under several, their
/// numbers must be equal. Throws IoError when the file cannot be read, and ArgumentError when two parameters have one
/// name.
template <Module M, Renaming Rename = std::identity>
std::map<std::string, std::string> load_module(const std::filesystem::path& path, M& module, const LoadOptions& options,
                                               const Rename& rename = {}) {
  return detail::load(path, detail::slots_of(module, options.prefix, rename), options);
}
/// The same without options.
template <Module M, Renaming Rename = std::identity>
std::map<std::string, std::string> load_module(const std::filesystem::path& path, M& module,
                                               const Rename& rename = {}) {
  return load_module(path, module, LoadOptions{}, rename);
}
/// The same from the content of a file.
template <Module M, Renaming Rename = std::identity>
void load_module(const SafetensorsFile& file, M& module, const LoadOptions& options, const Rename& rename = {}) {
  detail::load(file, detail::slots_of(module, options.prefix, rename), options);
}
/// The same without options.
template <Module M, Renaming Rename = std::identity>
void load_module(const SafetensorsFile& file, M& module, const Rename& rename = {}) {
  load_module(file, module, LoadOptions{}, rename);
}

/// The paths of the parameters that have an infinite number or a NaN, as after training that diverged.
template <Module M>
std::vector<std::string> nonfinite_parameters(const M& module) {
  std::vector<std::string> paths;
  for_each_parameter(module, [&](const std::string& path, const auto& parameter) {
    for (const auto value : parameter.value())
      if (!std::isfinite(value)) return paths.push_back(path);
  });
  return paths;
}
/// Whether all numbers of all parameters are finite.
template <Module M>
bool all_finite(const M& module) {
  return nonfinite_parameters(module).empty();
}

}  // namespace unroll::inline v0
