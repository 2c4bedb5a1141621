#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/module_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace unroll::inline v0::detail {

namespace {

const Shape& shape_of(const FileSlot& slot) {
  return std::visit([](const auto* parameter) -> const Shape& { return parameter->shape(); }, slot.parameter);
}

bool is_floating(Dtype dtype) {
  return dtype == Dtype::f64 || dtype == Dtype::f32 || dtype == Dtype::f16 || dtype == Dtype::bf16;
}

/// A section of the message. `listed` cuts it, since a file of another kind of model has a fault for each tensor.
std::string section(std::string_view title, const std::vector<std::string>& faults, std::string_view separator) {
  return faults.empty() ? "" : fmt::format("\n  {}{}", title, listed(faults, separator));
}

std::map<std::string_view, const FileSlot*> by_name(const std::vector<FileSlot>& slots) {
  std::map<std::string_view, const FileSlot*> named;
  for (const FileSlot& slot : slots)
    for (const std::string& name : slot.names)
      if (!named.emplace(name, &slot).second)
        throw ArgumentError(fmt::format("load_module: two parameters have the name {} in a file", quoted(name)));
  return named;
}

/// What the file has of a layer, which is all parameters whose paths differ only in their last part.
struct LayerInFile {
  bool has_bias = false, has_other = false;
};

/// Finds the parameters that are biases of layers that have none in the file.
class MissingBiases {
 public:
  explicit MissingBiases(const std::set<const FileSlot*>& present) {
    for (const FileSlot* slot : present)
      for (const std::string& path : slot->paths)
        (is_bias(path) ? layers_[layer_of(path)].has_bias : layers_[layer_of(path)].has_other) = true;
  }
  bool include(const FileSlot& slot) const {
    return std::ranges::all_of(slot.paths, [&](const std::string& path) {
      const auto layer = layers_.find(layer_of(path));
      return is_bias(path) && layer != layers_.end() && layer->second.has_other && !layer->second.has_bias;
    });
  }

 private:
  static bool is_bias(std::string_view path) { return path.ends_with("bias"); }
  static std::string_view layer_of(std::string_view path) {
    const std::size_t dot = path.rfind('.');
    return path.substr(0, dot == std::string_view::npos ? 0 : dot);
  }
  std::map<std::string_view, LayerInFile> layers_;
};

/// The reason why a tensor does not fit the parameter of its name; empty when it does.
std::string mismatch(const TensorEntry& tensor, const FileSlot& slot) {
  if (!is_floating(tensor.dtype))
    return fmt::format("dtype mismatch for {}: the file has {}, the module has F32 or F64", quoted(tensor.name),
                       to_string(tensor.dtype));
  const Shape& expected = shape_of(slot);
  if (tensor.shape == expected) return "";
  return fmt::format("size mismatch for {}: the file has {}, the module has {}", quoted(tensor.name),
                     to_string(tensor.shape), to_string(expected));
}

/// The first name of a slot, and the other ones that would do.
std::string all_names(const FileSlot& slot) {
  std::string text = quoted(slot.names.front());
  for (std::size_t i = 1; i < slot.names.size(); ++i) text += fmt::format(" (or {})", quoted(slot.names[i]));
  return text;
}

/// The names of a file up to the dot after `parent`, once each: "model.", "optimizer.".
std::set<std::string> prefixes_below(std::string_view parent, const SafetensorsHeader& header) {
  std::set<std::string> prefixes;
  for (const TensorEntry& tensor : header.tensors) {
    const std::size_t dot = tensor.name.starts_with(parent) ? tensor.name.find('.', parent.size()) : std::string::npos;
    if (dot != std::string::npos) prefixes.insert(tensor.name.substr(0, dot + 1));
  }
  return prefixes;
}

/// The prefixes that the caller may have meant: those of the file that differ from `wrong` in the last part only; when
/// there are none, those that differ in the last two parts, and so on.
std::string text_of_prefixes(std::string_view wrong, const SafetensorsHeader& header) {
  std::string_view parent = wrong;
  std::set<std::string> prefixes;
  do {
    const std::size_t dot = parent.substr(0, parent.size() - 1).rfind('.');
    parent = parent.substr(0, dot == std::string_view::npos ? 0 : dot + 1);
    prefixes = prefixes_below(parent, header);
  } while (prefixes.empty() && !parent.empty());
  if (prefixes.empty()) return "no name in the file has a prefix";
  std::vector<std::string> texts;
  for (const std::string& prefix : prefixes) texts.push_back(quoted(prefix));
  return fmt::format("the file has {}", listed(texts));
}

/// A file without a single name of the module is most likely that of another kind of model, or has the module under
/// another prefix.
std::string likely_cause(std::size_t known_names, std::string_view prefix, const SafetensorsHeader& header) {
  if (known_names > 0) return "was it saved by a model with other settings?";
  if (prefix.empty()) return "nothing fits: is it the file of another kind of model?";
  return fmt::format("nothing fits under the prefix {}: is it another one? {}", quoted(prefix),
                     text_of_prefixes(prefix, header));
}

/// The names of a slot that the file has.
std::vector<std::string_view> names_in(const SafetensorsFile& file, const FileSlot& slot) {
  std::vector<std::string_view> found;
  for (const std::string& name : slot.names)
    if (file.tensors.contains(name)) found.push_back(name);
  return found;
}

/// Throws FileError unless a tied parameter has the same numbers under all of its names.
template <class Scalar>
void expect_equal(const SafetensorsFile& file, std::string_view first, std::string_view other) {
  const auto a = file.get<Scalar>(first), b = file.get<Scalar>(other);
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i] && !(std::isnan(a[i]) && std::isnan(b[i])))
      throw FileError(fmt::format(
          "load_module: {} does not fit the module: {} and {} are one tied parameter there, but are {} and {} at {} in "
          "the file (was it saved by a model that does not tie them? Load it into one that does not, or choose one: "
          "read_safetensors, erase the other from its tensors, and load_module of that)",
          file.source, quoted(first), quoted(other), a[i], b[i], i));
}

template <class Scalar>
Tensor<Scalar> value_in(const SafetensorsFile& file, const FileSlot& slot) {
  const auto names = names_in(file, slot);
  if (names.empty()) return Tensor<Scalar>(shape_of(slot));  // a missing bias, which expect_fit has accepted
  for (std::size_t i = 1; i < names.size(); ++i) expect_equal<Scalar>(file, names.front(), names[i]);
  return file.get<Scalar>(names.front());
}

/// The end of the message: the options with which the same file would have been loaded.
std::string way_out(bool with_unexpected, bool with_biases, const LoadOptions& options) {
  std::vector<std::string> needed;
  if (!options.prefix.empty()) needed.push_back(".prefix = " + quoted(options.prefix));
  if (with_unexpected || options.ignore_unexpected) needed.emplace_back(".ignore_unexpected = true");
  if (with_biases || options.zero_missing_biases) needed.emplace_back(".zero_missing_biases = true");
  return fmt::format("\n  If that is what you want, give the load {{{}}}: {}{}{}", fmt::join(needed, ", "),
                     with_biases ? "layers without any bias then get zeros for them" : "",
                     with_biases && with_unexpected ? ", and " : "",
                     with_unexpected ? "what is unexpected then stays in the file" : "");
}

}  // namespace

void add_to_slots(std::vector<FileSlot>& slots, const std::string& path, std::string name,
                  std::variant<Parameter<float>*, Parameter<double>*> parameter) {
  auto slot = std::ranges::find(slots, parameter, &FileSlot::parameter);
  if (slot == slots.end()) slot = slots.insert(slot, {{}, {}, parameter});
  slot->paths.push_back(path);
  if (std::ranges::find(slot->names, name) == slot->names.end()) slot->names.push_back(std::move(name));
}

void add_tensor(SafetensorsFile& file, const std::string& name, StoredTensor tensor) {
  if (!file.tensors.try_emplace(name, std::move(tensor)).second)
    throw ArgumentError(fmt::format("save_module: two parameters have the name {} in a file", quoted(name)));
}

void add_tensors(std::string_view operation, SafetensorsFile& file, SafetensorsFile from) {
  for (const auto& [name, tensor] : from.tensors)
    if (file.tensors.contains(name))
      throw ArgumentError(
          fmt::format("{}: the file has a tensor {} already, expected a free name (was the same added twice, or does "
                      "something else have this prefix?)",
                      operation, quoted(name)));
  file.tensors.merge(from.tensors);
}

void expect_fit(const SafetensorsHeader& header, const std::vector<FileSlot>& slots, const LoadOptions& options,
                const std::string& source) {
  const auto named = by_name(slots);
  std::set<const FileSlot*> present;
  std::vector<std::string> missing, unexpected, mismatches;
  for (const TensorEntry& tensor : header.tensors) {
    if (!tensor.name.starts_with(options.prefix)) continue;
    const auto known = named.find(tensor.name);
    if (known == named.end()) {
      if (!options.ignore_unexpected) unexpected.push_back(quoted(tensor.name));
      continue;
    }
    present.insert(known->second);
    if (auto fault = mismatch(tensor, *known->second); !fault.empty()) mismatches.push_back(std::move(fault));
  }
  const MissingBiases biases(present);
  bool only_biases = true;  // whether all missing parameters are biases that an option would set to zeros
  for (const FileSlot& slot : slots) {
    if (present.contains(&slot) || (options.zero_missing_biases && biases.include(slot))) continue;
    only_biases = only_biases && biases.include(slot);
    missing.push_back(all_names(slot));
  }
  if (missing.empty() && unexpected.empty() && mismatches.empty()) return;
  std::ranges::sort(missing);
  throw FileError(
      fmt::format("load_module: {} does not fit the module ({}){}{}{}{}", source,
                  likely_cause(present.size(), options.prefix, header), section("Missing key(s): ", missing, ", "),
                  section("Unexpected key(s): ", unexpected, ", "), section("", mismatches, "\n  "),
                  only_biases && mismatches.empty() ? way_out(!unexpected.empty(), !missing.empty(), options) : ""));
}

void load(const SafetensorsFile& file, const std::vector<FileSlot>& slots, const LoadOptions& options) {
  SafetensorsHeader header;
  for (const auto& [name, tensor] : file.tensors)
    header.tensors.push_back({name, dtype_of(tensor), unroll::shape_of(tensor), 0, 0});
  expect_fit(header, slots, options, file.source);
  // All errors come before the first change: numbers of a tied parameter may differ, and memory may run out.
  std::vector<std::variant<Tensor<float>, Tensor<double>>> values;
  for (const FileSlot& slot : slots)
    std::visit([&]<class Scalar>(const Parameter<Scalar>*) { values.emplace_back(value_in<Scalar>(file, slot)); },
               slot.parameter);
  for (std::size_t i = 0; i < slots.size(); ++i)
    std::visit(
        [&]<class Scalar>(Parameter<Scalar>* parameter) {
          parameter->mutable_value()->assign(std::get<Tensor<Scalar>>(values[i]));
        },
        slots[i].parameter);
}

std::map<std::string, std::string> load(const std::filesystem::path& path, const std::vector<FileSlot>& slots,
                                        const LoadOptions& options) {
  expect_fit(read_safetensors_header(path), slots, options, quoted(path));
  SafetensorsFile file = read_safetensors(path);
  load(file, slots, options);
  return std::move(file.metadata);
}

}  // namespace unroll::inline v0::detail
