#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/metadata.hpp>
#include <unroll/models/trainer/stream_windows.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace unroll::inline v0 {

namespace {

constexpr std::size_t most_ahead = std::size_t{1} << 20;  // tokens, of all streams together

}  // namespace

StreamWindows::StreamWindows(Tokens tokens, std::size_t streams, const Truncation& truncation)
    : tokens_(std::move(tokens)), streams_(streams), length_(0), truncation_(truncation), chunk_(truncation.chunk()) {
  if (streams == 0 || tokens_.size() <= streams)
    throw ArgumentError(
        fmt::format("stream_windows: {} in {} given, expected at least 1 stream, and more tokens than "
                    "streams (each stream needs a token to read and one to predict)",
                    counted(tokens_.size(), "token"), counted(streams, "stream")));
  length_ = (tokens_.size() - 1) / streams;
}

std::map<std::string, std::string> StreamWindows::settings() const {
  return {{"sha256", tokens_.sha256()},
          {"first token", number_text(tokens_.first_in_whole())},
          {"tokens", number_text(tokens_.size())},
          {"streams", number_text(streams_)}};
}

void StreamWindows::read_window(std::size_t first_step, std::size_t steps, BatchPart::Range range, StreamBatch& batch,
                                StreamWindow& to) const {
  for (Tensor<int>* tensor : {&to.tokens, &to.targets})
    if (tensor->shape() != Shape{steps, range.count}) *tensor = Tensor<int>({steps, range.count});
  for (std::size_t n = 0; n < range.count; ++n) {
    const std::size_t first = (range.first + n) * length_ + first_step;
    const std::size_t ahead = std::min(most_ahead / streams_, length_ - first_step + 1);  // up to the stream's end
    const auto stream = batch.ahead[n].read(tokens_, first, steps + 1, ahead);
    for (std::size_t t = 0; t < steps; ++t) {
      to.tokens[t * range.count + n] = stream[t];
      to.targets[t * range.count + n] = stream[t + 1];
    }
  }
}

void StreamWindows::read(std::size_t batch, BatchPart part, StreamBatch& to) const {
  const std::size_t begin = batch * truncation_.k1, end = begin + std::min(truncation_.k1, length_ - begin);
  const BatchPart::Range range = part.range_of(streams_);
  to.last = end == length_;
  to.count = (end - begin) * range.count;
  to.ahead.resize(range.count);
  to.windows.resize((end - begin - 1) / chunk_ + 1);
  for (std::size_t window = 0; window < to.windows.size(); ++window) {
    const std::size_t first = begin + window * chunk_;
    read_window(first, std::min(chunk_, end - first), range, to, to.windows[window]);
  }
}

}  // namespace unroll::inline v0
