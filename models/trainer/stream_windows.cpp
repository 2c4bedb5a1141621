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

StreamWindows::StreamWindows(Tokens tokens, std::size_t streams, const Truncation& truncation,
                             std::vector<std::size_t> starts)
    : text_("stream_windows", std::move(tokens), std::move(starts)),
      streams_(streams),
      length_(0),
      truncation_(truncation),
      chunk_(truncation.chunk()) {
  const std::size_t size = text_.tokens().size();
  if (streams == 0 || size <= streams)
    throw ArgumentError(
        fmt::format("stream_windows: {} in {} given, expected at least 1 stream, and more tokens than "
                    "streams (each stream needs a token to read and one to predict)",
                    counted(size, "token"), counted(streams, "stream")));
  length_ = (size - 1) / streams;
}

std::map<std::string, std::string> StreamWindows::settings() const {
  std::map<std::string, std::string> settings{{"streams", number_text(streams_)}};
  text_.add_settings(settings);
  return settings;
}

void StreamWindows::read_window(std::size_t first_step, std::size_t steps, BatchPart::Range range, StreamBatch& batch,
                                StreamWindow& to) const {
  text_.make_window(steps, range.count, to);
  for (std::size_t n = 0; n < range.count; ++n) {
    const std::size_t first = (range.first + n) * length_ + first_step;
    const std::size_t ahead = std::min(most_ahead / streams_, length_ - first_step + 1);  // up to the stream's end
    text_.read_row(first, n, ahead, batch.ahead[n], to);
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
