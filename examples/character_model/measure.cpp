#include "character_model/measure.hpp"

#include "character_model/model.hpp"
#include "character_model/split.hpp"
#include <unroll/models/trainer/measure.hpp>
#include <unroll/models/trainer/shuffled_windows.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace character_model {

std::string describe(WindowState state, std::size_t steps) {
  return state == WindowState::carried ? "state carried on" : fmt::format("windows of {} from zeros", steps);
}

namespace {

/// A sum of losses over pieces of a text.
struct LossSum {
  double loss = 0;
  std::size_t characters = 0;

  void operator+=(const unroll::Measured& piece) {
    loss += piece.loss * static_cast<double>(piece.items), characters += piece.items;
  }
  Measurement mean() const { return {loss / static_cast<double>(characters), characters}; }
};

template <class Model>
Measurement measure_carried(unroll::Team& team, const Model& model, std::span<const int> tokens, std::size_t batch,
                            std::size_t steps, const unroll::Communicator& processes) {
  const auto loss = loss_of(model, {steps, steps});
  const std::size_t count = streams_for_measuring(tokens.size());
  const std::size_t targets = tokens.size() - 1, length = targets / count, longer = targets % count;
  // As many at once for any number of threads: enough to be fast, and few enough for four threads.
  const std::size_t at_once = std::clamp<std::size_t>((count + 3) / 4, 1, batch);
  LossSum sum;
  const auto add = [&](std::size_t first, std::size_t streams, std::size_t characters) {
    if (streams == 0) return;
    unroll::StreamWindows windows(tokens.subspan(first, streams * characters + 1), streams, loss.truncation);
    const unroll::Reducer<> reducer((streams + at_once - 1) / at_once, team, processes);
    sum += unroll::measure(windows, loss, reducer);
  };
  // Streams that leave no character out: some are one character longer than the others.
  add(0, longer, length + 1);
  add(longer * (length + 1), count - longer, length);
  return sum.mean();
}

template <class Model>
Measurement measure_from_zeros(unroll::Team& team, const Model& model, std::span<const int> tokens, std::size_t batch,
                               std::size_t steps, const unroll::Communicator& processes) {
  constexpr std::size_t parts = 4;  // for up to four threads
  const unroll::Reducer<> reducer(parts, team, processes);
  const auto loss = unroll::from_zeros(loss_of(model, {steps, steps}));
  const std::size_t rest = (tokens.size() - 1) % steps, whole = tokens.size() - 1 - rest;
  LossSum sum;
  const auto add = [&](std::size_t first, std::size_t characters, std::size_t window) {
    if (characters == 0) return;
    unroll::ShuffledWindows windows(tokens.subspan(first, characters + 1),
                                    {.steps = window, .batch = parts * batch, .order = unroll::WindowOrder::in_order});
    sum += unroll::measure(windows, loss, reducer);
  };
  add(0, whole, steps);
  add(whole, rest, rest);  // a shorter window, so that no character is left out
  return sum.mean();
}

}  // namespace

template <class Model>
Measurement measure(unroll::Team& team, const Model& model, std::span<const int> tokens, std::size_t batch,
                    std::size_t steps, WindowState state, const unroll::Communicator& processes) {
  return state == WindowState::carried ? measure_carried(team, model, tokens, batch, steps, processes)
                                       : measure_from_zeros(team, model, tokens, batch, steps, processes);
}

#define UNROLL_INSTANTIATE(Model)                                                                           \
  template Measurement measure(unroll::Team&, const Model&, std::span<const int>, std::size_t, std::size_t, \
                               WindowState, const unroll::Communicator&)
UNROLL_INSTANTIATE(Rnn);
UNROLL_INSTANTIATE(Lstm);
UNROLL_INSTANTIATE(Gru);

}  // namespace character_model
