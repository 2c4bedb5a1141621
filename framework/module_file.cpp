#include <unroll/framework/error.hpp>
#include <unroll/framework/module_file.hpp>
#include <unroll/framework/quoted.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

namespace {

const Shape& shape_of(const FileSlot& slot) {
  return std::visit([](const auto* parameter) -> const Shape& { return parameter->shape(); }, slot.parameter);
}

bool is_floating(Dtype dtype) {
  return dtype == Dtype::f64 || dtype == Dtype::f32 || dtype == Dtype::f16 || dtype == Dtype::bf16;
}

/// Some lines of the message; a file of something else altogether is not listed whole.
std::string section(std::string_view title, const std::vector<std::string>& faults, std::string_view separator) {
  return faults.empty() ? "" : fmt::format("\n  {}{}", title, listed(faults, separator));
}

std::map<std::string, const FileSlot*> by_name(const std::vector<FileSlot>& slots) {
  std::map<std::string, const FileSlot*> named;
  for (const FileSlot& slot : slots)
    if (!named.emplace(slot.name, &slot).second)
      throw ArgumentError(fmt::format("load_module: two parameters have the name {} in a file", quoted(slot.name)));
  return named;
}

/// A module that knows no name of a file is most likely another model's.
std::string_view likely_cause(std::size_t known_names) {
  return known_names == 0 ? "nothing fits: is it the file of another kind of model?"
                          : "was it saved by a model with other settings?";
}

}  // namespace

void add_tensor(SafetensorsFile& file, const std::string& name, StoredTensor tensor) {
  if (!file.tensors.try_emplace(name, std::move(tensor)).second)
    throw ArgumentError(fmt::format("save_module: two parameters have the name {} in a file", quoted(name)));
}

void expect_fit(const SafetensorsHeader& header, const std::vector<FileSlot>& slots, const std::string& source) {
  auto missing = by_name(slots);
  std::vector<std::string> missing_names, unexpected, mismatches;
  for (const TensorEntry& tensor : header.tensors) {
    const auto slot = missing.extract(tensor.name);
    if (slot.empty())
      unexpected.push_back(quoted(tensor.name));
    else if (!is_floating(tensor.dtype))
      mismatches.push_back(fmt::format("dtype mismatch for {}: the file has {}, the module has F32 or F64",
                                       quoted(tensor.name), to_string(tensor.dtype)));
    else if (const Shape& expected = shape_of(*slot.mapped()); tensor.shape != expected)
      mismatches.push_back(fmt::format("size mismatch for {}: the file has {}, the module has {}", quoted(tensor.name),
                                       to_string(tensor.shape), to_string(expected)));
  }
  for (const auto& [name, slot] : missing) missing_names.push_back(quoted(name));
  if (missing_names.empty() && unexpected.empty() && mismatches.empty()) return;
  throw FileError(fmt::format("load_module: {} does not fit the module ({}){}{}{}", source,
                              likely_cause(header.tensors.size() - unexpected.size()),
                              section("Missing key(s): ", missing_names, ", "),
                              section("Unexpected key(s): ", unexpected, ", "), section("", mismatches, "\n  ")));
}

void load(const SafetensorsFile& file, const std::vector<FileSlot>& slots) {
  SafetensorsHeader header;
  for (const auto& [name, tensor] : file.tensors)
    header.tensors.push_back({name, dtype_of(tensor), unroll::shape_of(tensor), 0, 0});
  expect_fit(header, slots, file.source);
  // From here on nothing can fail but memory, which is taken before anything is changed.
  std::vector<std::variant<Tensor<float>, Tensor<double>>> values;
  for (const FileSlot& slot : slots)
    std::visit([&]<class Scalar>(const Parameter<Scalar>*) { values.emplace_back(file.get<Scalar>(slot.name)); },
               slot.parameter);
  for (std::size_t i = 0; i < slots.size(); ++i)
    std::visit(
        [&]<class Scalar>(Parameter<Scalar>* parameter) {
          parameter->mutable_value()->assign(std::get<Tensor<Scalar>>(values[i]));
        },
        slots[i].parameter);
}

std::map<std::string, std::string> load(const std::filesystem::path& path, const std::vector<FileSlot>& slots) {
  expect_fit(read_safetensors_header(path), slots, quoted(path));
  SafetensorsFile file = read_safetensors(path);
  load(file, slots);
  return std::move(file.metadata);
}

}  // namespace unroll::inline v0::detail
