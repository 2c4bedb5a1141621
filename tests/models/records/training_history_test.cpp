#include "support/catch.hpp"
#include "support/evil.hpp"
#include "support/training_records.hpp"
#include <unroll/models/records/training_history.hpp>

#include <cmath>
#include <limits>

using namespace unroll;
using Catch::Contains;

namespace {

std::uint64_t count_in(const ThinnedSeries& series) {
  std::uint64_t count = 0;
  for (const ThinnedSpan& span : series.spans()) count += span.finite + span.other;
  return count;
}

TrainingHistory history_of(std::uint64_t updates) {
  TrainingHistory history;
  for (std::uint64_t update = 1; update <= updates; ++update) {
    UpdateRecord record = update_record(update);
    record.skipped = update % 7 == 0;
    if (record.skipped) record.gradient_norm = std::numeric_limits<double>::infinity();
    history.add(record);
    if (update % 10 == 0) history.add(evaluation_record(update));
  }
  return history;
}

}  // namespace

TEST_CASE("a history holds what it was told", "[history]") {
  const TrainingHistory history = history_of(50);
  CHECK(count_in(history.loss()) == 50);
  CHECK(count_in(history.held_out_loss()) == 5);
  CHECK(count_in(history.learning_rate()) == 50);
  CHECK(count_in(history.gradient_norm()) == 50);
  CHECK(count_in(history.skipped()) == 7);
  CHECK(history.latest().update == 50);
  CHECK(history.items_per_second() == Approx(32000));
  REQUIRE(history.best());
  CHECK(history.best()->update == 50);
  CHECK(history.best()->loss == 2.02);
}

TEST_CASE("a history of nothing has no best and no speed", "[history]") {
  TrainingHistory history({.update = 7, .epoch = 1, .seconds = 3, .progress = 0.5});
  CHECK(history.latest().update == 7);
  CHECK(history.latest().progress == 0.5);
  CHECK(history.items_per_second() == 0);
  CHECK_FALSE(history.best());
  EvaluationRecord record = evaluation_record(8);
  record.loss = NAN;
  history.add(record);
  CHECK_FALSE(history.best());
  UpdateRecord unmeasured = update_record(8);
  unmeasured.gradient_norm = NAN;
  history.add(unmeasured);
  CHECK(count_in(history.gradient_norm()) == 0);
}

TEST_CASE("a history is resumed until the update of the checkpoint", "[history]") {
  const TrainingHistory old = history_of(50);
  const TrainingHistory all = TrainingHistory::resumed({.update = 50, .seconds = 9}, old.to_json());
  CHECK(all.to_json() == old.to_json());
  CHECK(all.latest().seconds == 9);
  const TrainingHistory some = TrainingHistory::resumed({.update = 34}, old.to_json());
  CHECK(some.to_json() == history_of(34).to_json());
  CHECK(some.best()->update == 30);
}

TEST_CASE("the time of evaluations is no time in which a training learns", "[history]") {
  TrainingHistory history({.seconds = 10});
  history.add(UpdateRecord{.update = 1, .seconds = 12, .items = 100});
  history.add(EvaluationRecord{.update = 1, .seconds = 20});
  history.add(UpdateRecord{.update = 2, .seconds = 22, .items = 100});
  CHECK(history.items_per_second() == 50);
  history.add(EvaluationRecord{.update = 2, .seconds = 30});
  CHECK(history.items_per_second() == 50);
}

TEST_CASE("the best evaluation of a thinned history keeps its update, also when it is resumed", "[history]") {
  TrainingHistory history;
  for (std::uint64_t update = 1; update <= 10'000; ++update)
    history.add(
        EvaluationRecord{.update = update, .loss = update == 5003 ? 1 : 2.0 + 1.0 / static_cast<double>(update)});
  REQUIRE(history.held_out_loss().stride() > 4);
  CHECK(history.best()->update == 5003);
  CHECK(history.best()->loss == 1);
  TrainingHistory resumed = TrainingHistory::resumed({.update = 10'000}, history.to_json());
  REQUIRE(resumed.best());
  CHECK(resumed.best()->update == 5003);
  CHECK(resumed.best()->loss == 1);
  resumed.add(EvaluationRecord{.update = 10'001, .loss = 1.5});
  CHECK(resumed.best()->update == 5003);
  resumed.add(EvaluationRecord{.update = 10'002, .loss = 0.5});
  CHECK(resumed.best()->update == 10'002);
  // Before the best one, what is left of the series tells the best, to within a span.
  const TrainingHistory before = TrainingHistory::resumed({.update = 4000}, history.to_json());
  REQUIRE(before.best());
  CHECK(before.best()->loss == Approx(2.00025));
  CHECK(before.best()->update <= 4000);
}

TEST_CASE("a best evaluation that was changed is found in the series again", "[history]") {
  const std::string whole = history_of(50).to_json();
  const auto at = whole.find("\"best\": ");
  REQUIRE(at != std::string::npos);
  const auto end = whole.find(",\n", at);
  for (const char* best : {"null", "1", "{}", "[]", "[1]", "[1,2,3]", "[-1,2]", "[1.5,2]", "[1,\"x\"]", "[1,null]",
                           "[18446744073709551616,1]"}) {
    CAPTURE(best);
    const auto history =
        TrainingHistory::resumed({.update = 50}, whole.substr(0, at) + "\"best\": " + best + whole.substr(end));
    REQUIRE(history.best());
    CHECK(history.best()->update == 50);
    CHECK(history.best()->loss == 2.02);
  }
}

TEST_CASE("a long history stays small, also as JSON", "[history]") {
  const TrainingHistory history = history_of(100'000);
  CHECK(count_in(history.loss()) == 100'000);
  CHECK(history.loss().spans().size() <= 1024);
  CHECK(history.to_json().size() < 400'000);
  const TrainingHistory again = TrainingHistory::resumed({.update = 100'000}, history.to_json());
  CHECK(count_in(again.loss()) == 100'000);
  CHECK(again.loss().stride() == history.loss().stride());
}

TEST_CASE("text that is no history, or a changed one, is left out", "[history]") {
  const std::string whole = history_of(20).to_json();
  const auto is_empty = [](const std::string& json) {
    const TrainingHistory history = TrainingHistory::resumed({.update = 1000, .seconds = 5}, json);
    CHECK(history.latest().update == 1000);
    return count_in(history.loss()) + count_in(history.held_out_loss()) + count_in(history.gradient_norm())
               + count_in(history.learning_rate()) + count_in(history.skipped())
           == 0;
  };
  REQUIRE_FALSE(is_empty(whole));
  for (std::size_t size = 0; size + 2 < whole.size(); size += 13) CHECK(is_empty(whole.substr(0, size)));
  const auto with = [&](const std::string& part) {
    return R"({"training_history": 1, "loss": )" + part
           + R"(, "held_out_loss": [], "learning_rate": [], "gradient_norm": [], "skipped": []})";
  };
  REQUIRE_FALSE(is_empty(with("[[1,0,1,1,1,1]]")));
  for (const char* part :
       {"null", "{}", "1", "\"x\"", "[1]", "[[]]", "[[1,0,1,1,1]]", "[[1,0,1,1,1,1,1]]", "[[-1,0,1,1,1,1]]",
        "[[1.5,0,1,1,1,1]]", "[[0,0,1,1,1,1]]", "[[1,0,-1,1,1,1]]", "[[1,0,1e300,1,1,1]]", "[[1,0,1,1,2,1]]",
        "[[1,0,1,\"x\",1,1]]", "[[1,0,1,null,1,1]]", "[[18446744073709551615,0,1,1,1,1]]",
        "[[1,18446744073709551615,1,1,1,1]]", "[[1,0,1,1e999,1,1]]"})
    CHECK(is_empty(with(part)));
  CHECK(is_empty(R"({"training_history": 2})"));
  CHECK(is_empty(R"({"training_history": 1})"));
  CHECK(is_empty(std::string(evil::bytes)));
  CHECK(is_empty(std::string(1'000'000, '[')));
  CHECK(is_empty(with(std::string(100'000, '[') + std::string(100'000, ']'))));
}

TEST_CASE("numbers at the edge of doubles make valid JSON", "[history]") {
  TrainingHistory history;
  const double most = std::numeric_limits<double>::max();
  std::uint64_t update = 0;
  for (const double number : std::vector<double>{most, -most, 5e-324, NAN, std::copysign(NAN, -1), INFINITY})
    history.add({.update = ++update, .loss = number, .learning_rate = number, .gradient_norm = number});
  const TrainingHistory again = TrainingHistory::resumed({.update = update}, history.to_json());
  CHECK(count_in(again.loss()) == update);
  CHECK_THAT(history.to_json(), !Contains("nan") && !Contains("inf") && !Contains("<") && !Contains("&"));
}
