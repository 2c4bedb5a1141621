#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace character_model {

/// The cells that this program offers, in the order of cell_traits; the experiments offer fewer
/// (support/cell_kind.hpp).
enum class CellKind { lstm, gru, rnn, mingru, minlstm, slstm, mlstm, lru };

/// What the program knows of a cell of H units and D inputs: its name, whether PyTorch names its parameters, how many
/// tensors it has, and how many parameters as a H D + b H H + c H.
struct CellTraits {
  std::string_view name;
  bool in_pytorch;
  unsigned tensors;
  double of_inputs, of_hidden, of_units;
  /// How many numbers a step of a layer for one stream leaves on the tape, in multiples of H, in training and without
  /// gradients. Measured with inputs that the cell projects, as it does not for a small vocabulary; rounded up.
  /// memory_test measures again.
  double training, running;
};
inline constexpr std::array<CellTraits, 8> cell_traits{{{"lstm", true, 4, 4, 4, 8, 20, 6},
                                                        {"gru", true, 4, 3, 3, 6, 15, 5},
                                                        {"rnn", true, 4, 1, 1, 2, 7, 3},
                                                        {"mingru", false, 2, 2, 0, 2, 10, 3.5},
                                                        {"minlstm", false, 2, 3, 0, 3, 12, 3.5},
                                                        {"slstm", false, 4, 4, 4, 8, 26, 6},
                                                        {"mlstm", false, 4, 4, 0, 4, 40, 10},
                                                        {"lru", false, 6, 3, 2, 3, 20, 5}}};
constexpr const CellTraits& traits_of(CellKind kind) { return cell_traits[static_cast<std::size_t>(kind)]; }
constexpr std::string_view name_of(CellKind kind) { return traits_of(kind).name; }
inline constexpr auto cell_names = [] {
  std::array<std::string_view, cell_traits.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = cell_traits[i].name;
  return names;
}();

/// The heads of an mLSTM: the paper's 4, or as many as divide H.
constexpr std::size_t heads_of(std::size_t hidden) { return hidden % 4 == 0 ? 4 : hidden % 2 == 0 ? 2 : 1; }

}  // namespace character_model
