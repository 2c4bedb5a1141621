#include "reber/report.hpp"
#include "support/catch.hpp"

using namespace reber;
using Catch::Contains;
using experiment::CellKind;

namespace {

/// Logits that say exactly what is legal, [T, N, V].
unroll::Tensor<float> perfect_logits(const Batch& batch) {
  const std::size_t steps = batch.symbols.shape()[0], count = batch.symbols.shape()[1];
  unroll::Tensor<float> logits({steps, count, symbols.size()});
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t n = 0; n < count; ++n)
      for (std::size_t v = 0; v < symbols.size(); ++v)
        logits.at({t, n, v}) = static_cast<float>(batch.strings[n]->successors[t] >> v & 1);
  return logits;
}

Outcome outcome(std::size_t whole, std::size_t embedded) {
  return {.score = {.strings = 100, .whole = whole, .embedded = embedded}};
}

}  // namespace

TEST_CASE("reber: legal symbols must all be above all others") {
  const std::array<float, 7> activity{0, 5, 4, 3, 3, 0, 0};  // BTPSXVE
  CHECK(legal_are_most_active(0b0000010, activity.data()));
  CHECK(legal_are_most_active(0b0000110, activity.data()));
  CHECK_FALSE(legal_are_most_active(0b0000100, activity.data()));
  CHECK_FALSE(legal_are_most_active(0b0001110, activity.data()));  // X is as active as S
  const std::array<float, 7> none{NAN, NAN, NAN, NAN, NAN, NAN, NAN};
  CHECK_FALSE(legal_are_most_active(0b0000001, none.data()));
}

TEST_CASE("reber: one wrong step makes a string wrong, and the last but one is the frame's") {
  const String string = draw_string(unroll::Random(1));
  const std::vector<const String*> strings{&string, &string};
  const std::vector<Batch> batches = batches_by_length(strings);
  REQUIRE(batches.size() == 1);
  const std::size_t steps = string.text.size() - 1;
  for (std::size_t wrong = 0; wrong <= steps; ++wrong) {
    unroll::Tensor<float> logits = perfect_logits(batches[0]);
    if (wrong < steps)
      for (std::size_t v = 0; v < symbols.size(); ++v) logits.at({wrong, 1, v}) *= -1;
    const Score found = score(batches[0], logits);
    CHECK(found.strings == 2);
    CHECK(found.whole == (wrong < steps ? 1 : 2));
    CHECK(found.embedded == (wrong == steps - 2 ? 1 : 2));
  }
}

TEST_CASE("reber: a trial ends when it has had its share, and is the same when it is repeated") {
  const Settings settings{.hidden = 4, .batch = 8, .training = 20, .held_out = 10, .presented = 600};
  const CellKind cell = GENERATE(CellKind::lstm, CellKind::gru, CellKind::rnn);
  std::uint64_t looks = 0;
  const Outcome first = run_trial(cell, settings, 1, [&](const Outcome&) { ++looks; });
  CHECK(looks == 3);  // after 256, 512 and 600 strings
  CHECK(first.presented == 600);
  CHECK_FALSE(first.learned());
  CHECK(first.score.strings == 10);
  CHECK(first.score.whole <= first.score.embedded);
  CHECK(run_trial(cell, settings, 1, [](const Outcome&) {}).score.embedded == first.score.embedded);
}

TEST_CASE("reber: what is expected of each cell") {
  const auto row = [](CellKind cell, std::vector<Outcome> outcomes) { return Row{cell, std::move(outcomes)}; };
  const Outcome all = outcome(100, 100), half = outcome(50, 51);
  CHECK_NOTHROW(expect_published({row(CellKind::lstm, {all, half, all}), row(CellKind::gru, {half}),
                                  row(CellKind::rnn, {half, outcome(70, 74)})}));
  CHECK_THROWS_WITH(expect_published({row(CellKind::lstm, {all, half})}),
                    Contains("lstm") && Contains("from 1 of 2 seeds, expected more than half"));
  CHECK_THROWS_WITH(expect_published({row(CellKind::rnn, {half, outcome(70, 75)})}),
                    Contains("rnn: 75.0 % of the frames") && Contains("expected less than 75 %"));
}

TEST_CASE("reber: the table gives shares over the seeds") {
  const Row row{CellKind::lstm, {outcome(100, 100), outcome(80, 90), outcome(70, 85)}};
  CHECK_THAT(table({row}), Contains("lstm      3     1/3      70.0    80.0   100.0      85.0    90.0   100.0"));
}
