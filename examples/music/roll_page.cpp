#include "music/roll_page.hpp"

#include <unroll/framework/charts/svg_canvas.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace music {

namespace {

namespace charts = unroll::charts;
using support::highest_key, support::lowest_key;

constexpr double left = 60, top = 40, step_width = 8, key_height = 7;

/// The lowest and the highest key to draw, with some room: from C to B.
std::pair<int, int> range_of(const support::Piece& piece) {
  int low = 60, high = 71;
  for (const auto& chord : piece)
    if (!chord.empty()) low = std::min(low, chord.front()), high = std::max(high, chord.back());
  return {std::max(lowest_key, low - low % 12), std::min(highest_key, high - high % 12 + 11)};
}

}  // namespace

std::string draw_roll(const std::string& title, const support::Piece& piece,
                      const unroll::Tensor<float>* probabilities) {
  const auto [low, high] = range_of(piece);
  const double width = step_width * static_cast<double>(piece.size()), height = key_height * (high - low + 1);
  charts::SvgCanvas canvas(left + width + 20, top + height + 50, title);
  const auto y_of = [&, highest = high](int key) { return top + key_height * (highest - key); };
  for (int key = low; key <= high; ++key)
    if (key % 12 == 0) {
      canvas.grid_line({left, y_of(key) + key_height}, {left + width, y_of(key) + key_height});
      canvas.text({left - 8, y_of(key) + key_height}, fmt::format("C{}", key / 12 - 1), "end");
    }
  for (std::size_t step = 0; step < piece.size(); ++step) {
    const double x = left + step_width * static_cast<double>(step);
    for (int key = low; probabilities != nullptr && key <= high; ++key) {
      const double likely = (*probabilities)[step * support::keys + static_cast<std::size_t>(key - lowest_key)];
      if (likely > 0.02)
        canvas.rectangle({x, y_of(key)}, step_width, key_height, fmt::format("rgba(213,94,0,{:.2f})", likely));
    }
    for (const int key : piece[step]) {
      if (probabilities == nullptr)
        canvas.rectangle({x, y_of(key)}, step_width, key_height, charts::color(0));
      else
        canvas.rectangle({x + 2, y_of(key) + 2}, step_width - 4, key_height - 4, charts::color(0));
    }
    if (step % 16 == 0) canvas.text({x, top + height + 18}, fmt::format("{}", step), "middle");
  }
  canvas.text({left + width / 2, top + height + 40}, "step", "middle", 14);
  return canvas.finish();
}

}  // namespace music
