#include "support/catch.hpp"
#include <unroll/models/records/thinned_series.hpp>

#include <cmath>
#include <limits>
#include <numeric>

using namespace unroll;

namespace {

std::uint64_t count_in(const ThinnedSeries& series) {
  std::uint64_t count = 0;
  for (const ThinnedSpan& span : series.spans()) count += span.finite + span.other;
  return count;
}

}  // namespace

TEST_CASE("a span holds one update until the spans run out, and then two, and then four", "[thinned]") {
  ThinnedSeries series(1, 4);
  for (std::uint64_t update = 1; update <= 4; ++update) series.add(update, static_cast<double>(update));
  CHECK(series.stride() == 1);
  REQUIRE(series.spans().size() == 4);
  CHECK(series.spans()[2].mean == 3);
  series.add(5, 5);
  CHECK(series.stride() == 2);
  REQUIRE(series.spans().size() == 3);
  CHECK(series.spans()[0].update == 1.5);
  CHECK(series.spans()[0].mean == 1.5);
  CHECK(series.spans()[1].low == 3);
  CHECK(series.spans()[1].high == 4);
  CHECK(series.spans()[2].finite == 1);
}

TEST_CASE("a span has the mean and the range of its numbers", "[thinned]") {
  const std::size_t updates = 1000;
  std::vector<double> numbers(updates + 1);
  for (std::size_t i = 1; i <= updates; ++i) numbers[i] = std::sin(static_cast<double>(i * i));
  for (const std::size_t most : {2, 3, 7, 64, 5000}) {
    ThinnedSeries series(1, most);
    for (std::size_t i = 1; i <= updates; ++i) series.add(i, numbers[i]);
    CHECK(series.spans().size() <= most);
    CHECK(count_in(series) == updates);
    std::size_t first = 1;
    for (const ThinnedSpan& span : series.spans()) {
      const std::size_t last = std::min(first + static_cast<std::size_t>(series.stride()), updates + 1);
      const auto begin = numbers.begin() + static_cast<std::ptrdiff_t>(first),
                 end = numbers.begin() + static_cast<std::ptrdiff_t>(last);
      CHECK(span.mean == Approx(std::accumulate(begin, end, 0.0) / static_cast<double>(last - first)).margin(1e-12));
      CHECK(span.update == Approx(static_cast<double>(first + last - 1) / 2));
      CHECK(span.low == *std::min_element(begin, end));
      CHECK(span.high == *std::max_element(begin, end));
      first = last;
    }
  }
}

TEST_CASE("numbers that are not finite are counted beside the others", "[thinned]") {
  ThinnedSeries series(1, 2);
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double number : std::vector<double>{NAN, 1, infinity, -infinity, 3, NAN}) series.add(1, number);
  series.add(2, NAN), series.add(2, NAN);
  CHECK(series.spans()[0].finite == 2);
  CHECK(series.spans()[0].other == 4);
  CHECK(series.spans()[0].mean == 2);
  CHECK(series.spans()[1].finite == 0);
  CHECK(series.spans()[1].other == 2);
  CHECK(series.spans()[1].update == 2);
  series.add(3, 1e308), series.add(3, -1e308), series.add(3, 1e308);
  CHECK(series.spans()[0].other == 6);
  CHECK(std::isfinite(series.spans()[1].mean));
}

TEST_CASE("updates without a number leave empty spans", "[thinned]") {
  ThinnedSeries series(1, 8);
  series.add(2, 1), series.add(8, 2);
  CHECK(series.spans().size() == 8);
  CHECK(series.spans()[4].finite + series.spans()[4].other == 0);
  series.add(100, 3);
  CHECK(count_in(series) == 3);
}

TEST_CASE("a series takes any update", "[thinned]") {
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 62U, ~std::uint64_t{0}})
    for (const std::size_t most : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, std::size_t{1} << 31U,
                                   std::size_t{1} << 62U, ~std::size_t{0}}) {
      ThinnedSeries series(first, most);
      for (const std::uint64_t update :
           {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 31U, std::uint64_t{1} << 62U, ~std::uint64_t{0}})
        series.add(update, 1);
      CHECK(count_in(series) == 5);
      CHECK(series.spans().size() <= std::max<std::size_t>(most, 2));
    }
}

TEST_CASE("the spans of one series make another", "[thinned]") {
  ThinnedSeries whole(1, 16), begun(1, 16);
  for (std::uint64_t update = 1; update <= 100; ++update) begun.add(update, 1 / static_cast<double>(update));
  ThinnedSeries resumed(1, 16);
  for (const ThinnedSpan& span : begun.spans()) resumed.add(span);
  for (std::uint64_t update = 1; update <= 1000; ++update) whole.add(update, 1 / static_cast<double>(update));
  for (std::uint64_t update = 101; update <= 1000; ++update) resumed.add(update, 1 / static_cast<double>(update));
  REQUIRE(resumed.spans().size() == whole.spans().size());
  CHECK(resumed.stride() == whole.stride());
  for (std::size_t i = 0; i < whole.spans().size(); ++i) {
    CHECK(resumed.spans()[i].finite == whole.spans()[i].finite);
    CHECK(resumed.spans()[i].mean == Approx(whole.spans()[i].mean));
    CHECK(resumed.spans()[i].high == whole.spans()[i].high);
  }
}
