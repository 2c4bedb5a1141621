#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models/sequences/ragged_rows.hpp>

#include <vector>

using namespace unroll;
using Catch::Matchers::Contains;

namespace {

std::vector<int> numbers(std::span<const int> list) { return {list.begin(), list.end()}; }

}  // namespace

TEST_CASE("sequences become ragged rows longest first, equals in their order, and step after step", "[ragged]") {
  const std::vector<std::size_t> lengths{1, 3, 0, 3, 2};
  Tape tape;
  const RaggedRows ragged = detail::make_ragged_rows(tape, {4, 5, 2}, lengths);
  CHECK(ragged.batch == 5);
  CHECK(ragged.steps == 3);
  CHECK(ragged.distinct_lengths == 4);
  CHECK(numbers(ragged.order) == std::vector<int>{1, 3, 4, 0, 2});
  CHECK(numbers(ragged.ranks) == std::vector<int>{3, 0, 4, 1, 2});
  CHECK(std::vector<std::size_t>(ragged.first_rows.begin(), ragged.first_rows.end())
        == std::vector<std::size_t>{0, 4, 7, 9});
  CHECK(ragged.running(1) == 3);
  CHECK(numbers(ragged.rows) == std::vector<int>{1, 3, 4, 0, 6, 8, 9, 11, 13});
  CHECK(numbers(ragged.row_of)
        == std::vector<int>{3, 0, -1, 1, 2, -1, 4, -1, 5, 6, -1, 7, -1, 8, -1, -1, -1, -1, -1, -1});
  CHECK(step_at(Direction::forward, 1, 3) == 1);
  CHECK(step_at(Direction::backward, 0, 3) == 2);
}

TEST_CASE("every step that exists has one row, and a step's rows are the first sequences of the one before",
          "[ragged]") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const std::size_t steps = 1 + Random(seed).bits(0) % 9, batch = 1 + Random(seed).bits(1) % 9;
    std::vector<std::size_t> lengths(batch);
    std::size_t count = 0;
    for (std::size_t n = 0; n < batch; ++n) count += lengths[n] = Random(seed).bits(10 + n) % (steps + 1);
    if (count == 0) continue;
    Tape tape;
    const RaggedRows ragged = detail::make_ragged_rows(tape, {steps, batch, 1}, lengths);
    REQUIRE(ragged.rows.size() == count);
    for (std::size_t t = 0; t < ragged.steps; ++t)
      for (std::size_t i = 0; i < ragged.running(t); ++i) {
        const auto n = static_cast<std::size_t>(ragged.order[i]);
        const auto row = ragged.first_rows[t] + i;
        CHECK(t < lengths[n]);
        CHECK(ragged.rows[row] == static_cast<int>(t * batch + n));
        CHECK(ragged.row_of[t * batch + n] == static_cast<int>(row));
      }
  }
}

TEST_CASE("lengths that are all T are no lengths, and those that cannot be are named", "[ragged][error]") {
  const std::vector<std::size_t> full{4, 4}, ragged{4, 3}, none{0, 0}, longer{5, 1};
  CHECK(detail::are_whole({4, 2, 3}, {}));
  CHECK(detail::are_whole({4, 2, 3}, full));
  CHECK_FALSE(detail::are_whole({4, 2, 3}, ragged));
  CHECK_FALSE(detail::are_whole({4, 2, 3}, none));
  CHECK(detail::are_ended(none));
  CHECK_FALSE(detail::are_ended(ragged));
  CHECK_THROWS_AS(detail::are_whole({4, 2, 3}, longer), ArgumentError);
}
