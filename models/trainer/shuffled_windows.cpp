#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/metadata.hpp>
#include <unroll/models/trainer/shuffled_examples.hpp>
#include <unroll/models/trainer/shuffled_windows.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace unroll::inline v0 {

namespace {

void expect_steps(std::size_t tokens, std::size_t steps) {
  if (steps == 0 || tokens <= steps)
    throw ArgumentError(
        fmt::format("shuffled_windows: {} in windows of {} given, expected at least 1 step, and more tokens than steps "
                    "(each step needs a token to read and one to predict)",
                    counted(tokens, "token"), counted(steps, "step")));
}

}  // namespace

ShuffledWindows::ShuffledWindows(Tokens tokens, const WindowOptions& options)
    : text_("shuffled_windows", std::move(tokens), options.starts),
      steps_(options.steps),
      batch_(options.batch),
      stride_(options.stride == 0 ? options.steps : options.stride),
      order_(options.order) {
  expect_steps(text_.tokens().size(), steps_);
  const std::size_t last = text_.tokens().size() - 1 - steps_;  // the last position at which a window fits
  if (order_ == WindowOrder::shuffled) farthest_ = std::min(stride_ - 1, last);
  windows_ = (last - farthest_) / stride_ + 1;
  detail::expect_batches("shuffled_windows", windows_, "windows in batches", batch_);
}

std::size_t ShuffledWindows::items() const { return windows_ * steps_; }

std::size_t ShuffledWindows::batches() const { return (windows_ - 1) / batch_ + 1; }

void ShuffledWindows::begin_epoch(const Random& random) {
  indices_ = detail::windows_in(order_, windows_, random.split(0));
  // In order, the first window begins at 0: there farthest_ is 0.
  const double drawn = random.split(1).uniform(0) * (static_cast<double>(farthest_) + 1);
  begin_ = std::min(farthest_, static_cast<std::size_t>(drawn));
}

std::map<std::string, std::string> ShuffledWindows::settings() const {
  std::map<std::string, std::string> settings{{"steps", number_text(steps_)},
                                              {"batch", number_text(batch_)},
                                              {"stride", number_text(stride_)},
                                              {"order", detail::name_of(order_)}};
  text_.add_settings(settings);
  return settings;
}

void ShuffledWindows::read(std::size_t batch, BatchPart part, WindowBatch& to) const {
  const auto windows = detail::examples_of(indices_, batch_, batch, part);
  to.count = windows.size() * steps_;
  if (windows.empty()) return;
  text_.make_window(steps_, windows.size(), to.window);
  for (std::size_t n = 0; n < windows.size(); ++n)
    text_.read_row(begin_ + windows[n] * stride_, n, steps_ + 1, to.ahead, to.window);
}

}  // namespace unroll::inline v0
