#pragma once

#include <unroll/framework/processes/communicator.hpp>
#include <unroll/framework/threads/team.hpp>

#include <array>
#include <cstddef>
#include <span>
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
std::string describe(WindowState state, std::size_t steps);

/// How well a model predicts a text.
struct Measurement {
  double loss;             // nats per character
  std::size_t characters;  // predicted
};

/// The mean loss over every character of a text but the first. It changes no weight. With the state carried on, the
/// text is read as streams whose state goes on all along (see streams_for_measuring), `steps` characters at a time,
/// which changes the loss by rounding only. From zeros, it is read in windows of `steps` characters that each begin
/// anew. At most `batch` streams or windows run side by side, which changes the loss by rounding only, and the number
/// of threads and processes not at all. The text must have at least two characters. Throws unroll::NumericalError when
/// the loss is not finite.
template <class Model>
Measurement measure(unroll::Team& team, const Model& model, std::span<const int> tokens, std::size_t batch,
                    std::size_t steps, WindowState state = WindowState::carried,
                    const unroll::Communicator& processes = {});

}  // namespace character_model
