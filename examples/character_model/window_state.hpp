#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace character_model {

/// The state before a window of a text: how a model is trained, and how it is judged.
enum class WindowState {
  carried,  ///< What the window before it in its stream has left.
  zeros     ///< None, whatever stands before it: most published models are judged so.
};
inline constexpr std::array<std::string_view, 2> window_state_names{"carried", "zeros"};

/// "state carried on", or "windows of 64 from zeros".
inline std::string describe(WindowState state, std::size_t steps) {
  return state == WindowState::carried ? "state carried on" : "windows of " + std::to_string(steps) + " from zeros";
}

}  // namespace character_model
