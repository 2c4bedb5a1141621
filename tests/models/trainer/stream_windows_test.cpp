#include "support/catch.hpp"
#include "support/read_back.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/stream_windows.hpp>

#include <numeric>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

/// The tokens of each stream over an epoch, read in so many parts; checks the targets on the way.
std::vector<std::vector<int>> read_streams(const StreamWindows& windows, std::size_t parts) {
  std::vector<std::vector<int>> streams(windows.streams());
  StreamBatch batch;
  for (std::size_t index = 0; index < windows.batches(); ++index)
    for (std::size_t part = 0; part < parts; ++part) {
      windows.read(index, {part, parts}, batch);
      CHECK(batch.last == (index + 1 == windows.batches()));
      const auto [first, count] = BatchPart{part, parts}.range_of(windows.streams());
      std::size_t items = 0;
      for (const StreamWindow& window : batch.windows) {
        REQUIRE(window.sequences() == count);
        items += window.items();
        for (std::size_t t = 0; t < window.steps(); ++t)
          for (std::size_t n = 0; n < count; ++n) {
            streams[first + n].push_back(window.tokens.at({t, n}));
            CHECK(window.targets.at({t, n}) == window.tokens.at({t, n}) + 1);
          }
      }
      CHECK(items == batch.count);
    }
  return streams;
}

}  // namespace

TEST_CASE("streams read the text from end to end, window after window, in any number of parts") {
  const auto [tokens, count, k1, k2] = GENERATE(table<std::size_t, std::size_t, std::size_t, std::size_t>(
      {{101, 4, 5, 5}, {100, 3, 7, 14}, {2, 1, 1, 1}, {9, 8, 3, 3}, {200, 5, 12, 4}, {200, 5, 6, 4}, {50, 3, 100, 7}}));
  const auto text = positions(tokens);
  const StreamWindows windows(text, count, {k1, k2});
  CHECK(windows.length() == (tokens - 1) / count);
  CHECK(windows.items() == windows.length() * count);
  CHECK(windows.batches() == (windows.length() + k1 - 1) / k1);
  const auto whole = read_streams(windows, 1);
  for (std::size_t n = 0; n < count; ++n) {
    CHECK(whole[n].size() == windows.length());
    for (std::size_t i = 0; i < whole[n].size(); ++i) CHECK(whole[n][i] == static_cast<int>(n * windows.length() + i));
  }
  for (const std::size_t parts : {2u, 3u, 9u}) CHECK(read_streams(windows, parts) == whole);
}

TEST_CASE("the windows of an update have the steps that k1 and k2 have in common, and its last one the rest") {
  const auto text = positions(2 * 11 + 1);
  StreamBatch batch;
  const StreamWindows windows(text, 2, {6, 4});
  windows.read(0, {}, batch);
  REQUIRE(batch.windows.size() == 3);
  for (const StreamWindow& window : batch.windows) CHECK(window.steps() == 2);
  windows.read(1, {}, batch);
  REQUIRE(batch.windows.size() == 3);
  CHECK(batch.windows[2].steps() == 1);
}

TEST_CASE("a part without streams has no items") {
  const auto text = positions(20);
  StreamBatch batch;
  StreamWindows(text, 2, {4, 4}).read(0, {2, 3}, batch);
  CHECK(batch.count == 0);
}

TEST_CASE("streams that the text does not fill are refused") {
  const auto text = positions(5);
  CHECK_THROWS_WITH(StreamWindows(text, 5, {1, 1}), Contains("stream_windows: 5 tokens in 5 streams given"));
  CHECK_THROWS_WITH(StreamWindows(text, 0, {1, 1}), Contains("5 tokens in 0 streams"));
  CHECK_THROWS_WITH(StreamWindows({}, 1, {1, 1}), Contains("0 tokens in 1 stream given"));
  CHECK_THROWS_AS(StreamWindows(text, 1, {0, 1}), ArgumentError);
  CHECK_NOTHROW(StreamWindows(text, 4, {1, 1}));
}
