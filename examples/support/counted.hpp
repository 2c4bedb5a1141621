#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace support {

/// "1 layer", "2 layers": a number of things whose plural is made with an s.
inline std::string counted(std::uint64_t count, std::string_view thing) {
  return std::to_string(count) + ' ' + std::string(thing) + (count == 1 ? "" : "s");
}

}  // namespace support
