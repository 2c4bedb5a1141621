#include <unroll/models/files/state_dict.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace unroll::inline v0 {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> cell_names{{{"input_weight", "weight_ih"},
                                                                                   {"hidden_weight", "weight_hh"},
                                                                                   {"input_bias", "bias_ih"},
                                                                                   {"hidden_bias", "bias_hh"},
                                                                                   {"projection_weight", "weight_hr"}}};

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// "a.b.c" as "a.b" and "c"; a path of one part has an empty front.
std::pair<std::string_view, std::string_view> cut_last(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return {"", path};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

std::string joined(std::string_view front, std::string last) {
  return front.empty() ? last : std::string(front) + '.' + last;
}

}  // namespace

std::string pytorch_name(std::string_view path) {
  const auto [cell, part] = cut_last(path);
  const auto known = std::ranges::find(cell_names, part, &std::pair<std::string_view, std::string_view>::first);
  if (known == cell_names.end()) return std::string(path);
  const auto [stack, layer] = cut_last(cell);
  std::string name(known->second);
  if (is_number(layer)) return joined(stack, name + "_l" + std::string(layer));
  if (layer != "forward" && layer != "backward") return joined(cell, std::move(name));
  // One direction of a Bidirectional; PyTorch has these only in stacks.
  const auto [above, number] = cut_last(stack);
  name += "_l" + std::string(is_number(number) ? number : "0") + (layer == "backward" ? "_reverse" : "");
  return joined(is_number(number) ? above : stack, std::move(name));
}

}  // namespace unroll::inline v0
