#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace unroll::inline v0 {

/// "1 layer", "2 layers", for messages. The plural has an s, unless the caller gives another.
inline std::string counted(std::uint64_t count, std::string_view thing, std::string_view things = "") {
  if (count != 1 && !things.empty()) return std::to_string(count) + ' ' + std::string(things);
  return std::to_string(count) + ' ' + std::string(thing) + (count == 1 ? "" : "s");
}

}  // namespace unroll::inline v0
