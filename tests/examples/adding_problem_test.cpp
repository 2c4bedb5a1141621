#include "adding_problem/report.hpp"
#include "adding_problem/task.hpp"
#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>

using namespace adding_problem;
using Catch::Contains;
using experiment::CellKind;
using unroll::Random;

TEST_CASE("adding problem: one mark in each half, and the target is the sum of the marked numbers") {
  const std::size_t length = GENERATE(2, 3, 10, 101), size = 20;
  const Batch batch = draw_batch(length, size, Random(7));
  REQUIRE(batch.inputs.shape() == unroll::Shape{length, size, 2});
  REQUIRE(batch.sums.shape() == unroll::Shape{size, 1});
  for (std::size_t n = 0; n < size; ++n) {
    std::array<int, 2> marks{};
    float sum = 0;
    for (std::size_t t = 0; t < length; ++t) {
      const float number = batch.inputs.at({t, n, 0}), mark = batch.inputs.at({t, n, 1});
      REQUIRE((mark == 0 || mark == 1));
      REQUIRE((number >= 0 && number < 1));
      sum += mark * number;
      if (mark == 1) ++marks[t < length / 2 ? 0 : 1];
    }
    CHECK(marks == std::array{1, 1});
    CHECK(batch.sums[n] == Approx(sum));
  }
}

TEST_CASE("adding problem: marks fall on every step, and always saying 1 has the error that is claimed") {
  const std::size_t length = 10, size = 20000;
  const Batch batch = draw_batch(length, size, Random(8));
  double error = 0;
  std::array<int, 10> marks{};
  for (std::size_t n = 0; n < size; ++n) {
    error += (batch.sums[n] - 1) * (batch.sums[n] - 1) / static_cast<double>(size);
    for (std::size_t t = 0; t < length; ++t) marks[t] += batch.inputs.at({t, n, 1}) == 1;
  }
  CHECK(error == Approx(baseline).margin(4 * 0.2 / std::sqrt(size)));  // four standard deviations
  for (const int count : marks) CHECK(count == Approx(size / 5.0).margin(4 * std::sqrt(size * 0.16)));
}

TEST_CASE("adding problem: batches of one stream are the same, of others not") {
  const Batch batch = draw_batch(5, 4, Random(1).split(3));
  CHECK(draw_batch(5, 4, Random(1).split(3)).inputs == batch.inputs);
  CHECK_FALSE(draw_batch(5, 4, Random(1).split(4)).inputs == batch.inputs);
}

TEST_CASE("adding problem: a trial learns short sequences, and is the same when it is repeated") {
  const Settings settings{.length = 4, .hidden = 16, .steps = 1000, .target = 0.02, .held_out = 100};
  const CellKind cell = GENERATE(CellKind::lstm, CellKind::gru, CellKind::rnn);
  std::uint64_t looks = 0, steps = 0;
  const Outcome outcome = run_trial(cell, settings, 1, [&](const Outcome& now) {
    ++looks;
    CHECK(now.steps > std::exchange(steps, now.steps));
  });
  CHECK(outcome.reached);
  CHECK(outcome.error < settings.target);
  CHECK(outcome.steps == steps);
  CHECK(outcome.steps < settings.steps);
  CHECK(looks == outcome.steps / 50);
  CHECK(run_trial(cell, settings, 1, [](const Outcome&) {}).error == outcome.error);
}

TEST_CASE("adding problem: a trial without enough steps says where it ended") {
  const Outcome outcome =
      run_trial(CellKind::gru, {.length = 20, .hidden = 4, .steps = 7, .held_out = 10}, 1, [](const Outcome&) {});
  CHECK_FALSE(outcome.reached);
  CHECK(outcome.steps == 7);
  CHECK(outcome.error > 0.01);
}

TEST_CASE("adding problem: what is expected of each cell") {
  const Settings settings;
  const auto row = [](CellKind cell, double least, double most) {
    return Row{cell, {{.error = least}, {.error = most}}};
  };
  CHECK_NOTHROW(expect_published(
      {row(CellKind::lstm, 0.001, 0.009), row(CellKind::gru, 0.001, 0.009), row(CellKind::rnn, 0.16, 0.17)}, settings));
  CHECK_THROWS_WITH(expect_published({row(CellKind::lstm, 0.001, 0.16)}, settings),
                    Contains("lstm: the maximum") && Contains("0.1600, expected less than 0.01"));
  CHECK_THROWS_WITH(expect_published({row(CellKind::gru, 0.001, std::nan(""))}, settings), Contains("gru"));
  CHECK_THROWS_WITH(expect_published({row(CellKind::rnn, 0.02, 0.17)}, settings),
                    Contains("rnn: the minimum") && Contains("0.0200, expected more than 0.15"));
}

TEST_CASE("adding problem: the table gives minimum, median and maximum over the seeds") {
  const Row row{CellKind::gru,
                {{.error = 0.3, .steps = 5}, {.error = 0.1, .reached = true, .steps = 4}, {.error = 0.2, .steps = 6}}};
  CHECK_THAT(table({row}, Settings{}),
             Contains("gru       3    0.1000    0.2000    0.3000      1/3       5       6       0.0"));
}
