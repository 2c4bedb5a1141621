#include "speech/hearing.hpp"

#include <unroll/models/layers/standardization.hpp>

#include <algorithm>

namespace speech {

namespace {

using unroll::Tensor;

constexpr std::size_t reach = 2;  // of the deltas, in frames

/// Rows beside their deltas: [T, D] -> [T, 2 D].
Tensor<float> with_deltas(const Tensor<float>& rows) {
  const Tensor<float> slopes = audio::deltas(rows, reach);
  const std::size_t width = rows.shape()[1];
  Tensor<float> both({rows.shape()[0], 2 * width});
  for (std::size_t t = 0; t < rows.shape()[0]; ++t) {
    std::copy_n(rows.data() + t * width, width, both.data() + 2 * t * width);
    std::copy_n(slopes.data() + t * width, width, both.data() + (2 * t + 1) * width);
  }
  return both;
}

}  // namespace

Hearing::Hearing(std::uint32_t rate, std::size_t filters, bool by_recording)
    : log_mel_({.rate = rate, .filters = filters}), by_recording_(by_recording) {}

Tensor<float> Hearing::operator()(std::span<const float> samples) const {
  Tensor<float> frames = with_deltas(log_mel_(samples));
  if (by_recording_ && frames.size() > 0) frames = unroll::Standardization<>(frames)(frames);
  Tensor<float> pairs({steps(samples.size()), width()});
  std::copy_n(frames.data(), pairs.size(), pairs.data());
  return pairs;
}

Tensor<float> HearingStream::push(std::span<const float> samples) {
  samples_.insert(samples_.end(), samples.begin(), samples.end());
  const audio::LogMel& log_mel = hearing_.log_mel();
  std::size_t used = 0;
  for (; samples_.size() - used >= log_mel.window(); used += log_mel.step()) {
    rows_.emplace_back(log_mel.filters());
    log_mel.frame(std::span(samples_).subspan(used, log_mel.window()), rows_.back());
  }
  samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(used));
  const std::size_t frames = first_row_ + rows_.size();
  return steps_until(frames < reach ? 0 : frames - reach);
}

Tensor<float> HearingStream::finish() { return steps_until(first_row_ + rows_.size()); }

/// The steps whose frames all come before this one.
Tensor<float> HearingStream::steps_until(std::size_t frame) {
  const std::size_t filters = hearing_.log_mel().filters();
  Tensor<float> rows({rows_.size(), filters});
  for (std::size_t t = 0; t < rows_.size(); ++t) std::ranges::copy(rows_[t], rows.data() + t * filters);
  const std::size_t until = std::max(frame / 2, step_);
  Tensor<float> steps({until - step_, hearing_.width()});
  if (steps.size() > 0)
    std::copy_n(with_deltas(rows).data() + (2 * step_ - first_row_) * 2 * filters, steps.size(), steps.data());
  step_ = until;
  for (; first_row_ + reach < 2 * step_; ++first_row_) rows_.pop_front();
  return steps;
}

}  // namespace speech
