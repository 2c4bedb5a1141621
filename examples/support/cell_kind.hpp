#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace support {

/// The cells that a program offers, in the order of cell_names.
enum class CellKind { lstm, gru, rnn };
inline constexpr std::array<std::string_view, 3> cell_names{"lstm", "gru", "rnn"};
constexpr std::string_view name_of(CellKind kind) { return cell_names[static_cast<std::size_t>(kind)]; }

}  // namespace support
