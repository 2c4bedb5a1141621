#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/metadata.hpp>
#include <unroll/models/trainer/stream_windows.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace unroll::inline v0 {

StreamWindows::StreamWindows(std::span<const int> tokens, std::size_t streams, const Truncation& truncation,
                             std::vector<std::size_t> starts)
    : text_("stream_windows", tokens, std::move(starts)),
      streams_(streams),
      length_(0),
      truncation_(truncation),
      chunk_(truncation.chunk()) {
  if (streams == 0 || tokens.size() <= streams)
    throw ArgumentError(
        fmt::format("stream_windows: {} in {} given, expected at least 1 stream, and more tokens than "
                    "streams (each stream needs a token to read and one to predict)",
                    counted(tokens.size(), "token"), counted(streams, "stream")));
  length_ = (tokens.size() - 1) / streams;
}

std::map<std::string, std::string> StreamWindows::settings() const {
  std::map<std::string, std::string> settings{{"streams", number_text(streams_)}};
  text_.add_settings(settings);
  return settings;
}

void StreamWindows::read_window(std::size_t first_step, std::size_t steps, BatchPart::Range range,
                                StreamWindow& to) const {
  text_.make_window(steps, range.count, to);
  for (std::size_t n = 0; n < range.count; ++n) text_.read_row((range.first + n) * length_ + first_step, n, to);
}

void StreamWindows::read(std::size_t batch, BatchPart part, StreamBatch& to) const {
  const std::size_t begin = batch * truncation_.k1, end = begin + std::min(truncation_.k1, length_ - begin);
  const BatchPart::Range range = part.range_of(streams_);
  to.last = end == length_;
  to.count = (end - begin) * range.count;
  to.windows.resize((end - begin - 1) / chunk_ + 1);
  for (std::size_t window = 0; window < to.windows.size(); ++window) {
    const std::size_t first = begin + window * chunk_;
    read_window(first, std::min(chunk_, end - first), range, to.windows[window]);
  }
}

}  // namespace unroll::inline v0
