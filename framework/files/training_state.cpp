#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/training_state.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0::detail {

namespace {

std::string described(Dtype dtype, const Shape& shape) {
  return fmt::format("{} {}", to_string(dtype), to_string(shape));
}

std::string section(std::string_view title, const std::vector<std::string>& faults) {
  return faults.empty() ? "" : fmt::format("\n  {}{}", title, listed(faults));
}

}  // namespace

void expect_state(const SafetensorsFile& file, const std::string& prefix, std::span<const ExpectedState> expected) {
  std::vector<std::string> missing, unexpected, mismatches;
  for (const auto& [name, dtype, shape] : expected) {
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end())
      missing.push_back(quoted(name));
    else if (dtype_of(found->second) != dtype || shape_of(found->second) != shape)
      mismatches.push_back(fmt::format("{} is {}, expected {}", quoted(name),
                                       described(dtype_of(found->second), shape_of(found->second)),
                                       described(dtype, shape)));
  }
  for (const auto& [name, tensor] : file.tensors)
    if (name.starts_with(prefix) && std::ranges::find(expected, name, &ExpectedState::name) == expected.end())
      unexpected.push_back(quoted(name));
  if (missing.empty() && unexpected.empty() && mismatches.empty()) return;
  const char* const cause = expected.empty()
                                ? "nothing is remembered yet: was bind(parameters) of the optimizer forgotten?"
                                : "was it saved by another optimizer or model, or under another prefix?";
  throw FileError(fmt::format("load_training_state: {} does not fit under the prefix {} ({}){}{}{}", file.source,
                              quoted(prefix), cause, section("Missing key(s): ", missing),
                              section("Unexpected key(s): ", unexpected), section("", mismatches)));
}

}  // namespace unroll::inline v0::detail
