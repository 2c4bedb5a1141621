#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include "support/training_records.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/models/records/csv_log.hpp>
#include <unroll/models/records/event_file.hpp>
#include <unroll/models/records/forgiving.hpp>

#include <sys/resource.h>

#include <csignal>

using namespace unroll;

TEST_CASE("a forgiving observer warns once until all is well, and throws at the end", "[records]") {
  std::string reason;
  int told = 0;
  const auto act = [&] {
    ++told;
    if (!reason.empty()) throw IoError(reason);
  };
  std::vector<std::string> warnings;
  const std::vector<TrainingObserver> observers{forgiving({.on_begin = [&](const TrainingStart&) { act(); },
                                                           .on_update = [&](const UpdateRecord&) { act(); },
                                                           .on_evaluation = [&](const EvaluationRecord&) { act(); },
                                                           .on_checkpoint = act,
                                                           .on_end = act},
                                                          [&](auto text) { warnings.emplace_back(text); })};
  const auto update = [&] { tell(observers, &TrainingObserver::on_update, update_record(1)); };
  update();
  CHECK(warnings.empty());
  reason = "full";
  update(), update();
  tell(observers, &TrainingObserver::on_evaluation, evaluation_record(1));
  tell(observers, &TrainingObserver::on_checkpoint);
  CHECK(warnings == std::vector<std::string>{"warning: full; the training goes on"});
  reason = "gone";
  update();
  CHECK(warnings.size() == 2);
  reason.clear();
  update();  // into a buffer, perhaps
  reason = "gone";
  update();
  CHECK(warnings.size() == 2);
  reason.clear();
  tell(observers, &TrainingObserver::on_evaluation, evaluation_record(1));  // which may write nothing
  reason = "gone";
  update();
  CHECK(warnings.size() == 2);
  reason.clear();
  tell(observers, &TrainingObserver::on_checkpoint);
  reason = "gone";
  update();
  CHECK(warnings.size() == 3);
  CHECK(told == 12);
  CHECK_THROWS_AS(tell(observers, &TrainingObserver::on_begin, TrainingStart{}), IoError);
  CHECK_THROWS_AS(tell(observers, &TrainingObserver::on_end), IoError);
}

TEST_CASE("a forgiving observer has the functions of the other, and forgives nothing else", "[records]") {
  const auto fails = [](const UpdateRecord&) { throw std::runtime_error("bug"); };
  const std::vector<TrainingObserver> observers{forgiving({.on_update = fails}, [](auto) {})};
  CHECK_FALSE(observers[0].on_begin);
  CHECK_FALSE(observers[0].on_evaluation);
  CHECK_FALSE(observers[0].on_checkpoint);
  CHECK_FALSE(observers[0].on_end);
  CHECK_THROWS_WITH(tell(observers, &TrainingObserver::on_update, update_record(1)), "bug");
}

TEST_CASE("a full disk is tried again every few seconds, not at every update", "[records]") {
  const TemporaryDirectory directory;
  const int status = status_of_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);  // so that the write says EFBIG, as a full disk says ENOSPC
    const rlimit limit{100, 100};
    CsvLog log(directory / "log.csv");
    EventFile events(directory.path());
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    log.on_begin({}), events.on_begin({});
    int log_tries = 0, event_tries = 0;
    const auto attempt = [](int& tries, auto&& act) {
      try {
        act();
      } catch (const IoError&) {
        ++tries;
      }
    };
    for (std::uint64_t update = 1; update <= 30; ++update) {
      const UpdateRecord record{.update = update, .seconds = static_cast<double>(update)};
      attempt(log_tries, [&] { log.on_update(record); });
      attempt(event_tries, [&] { events.on_update(record); });
    }
    return log_tries == 6 && event_tries == 6 ? 0 : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("a disk that was full for a while costs a log nothing", "[records]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.csv";
  const int status = status_of_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);  // so that the write says EFBIG, as a full disk says ENOSPC
    rlimit limit{};
    if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    const rlim_t most = limit.rlim_max;
    limit.rlim_cur = 300;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    int warnings = 0;
    const std::vector<TrainingObserver> observers{forgiving(observer_of<CsvLog>(path), [&](auto) { ++warnings; })};
    for (std::uint64_t update = 1; update <= 100; ++update) {
      tell(observers, &TrainingObserver::on_update, update_record(update));
      if (update % 10 == 0) tell(observers, &TrainingObserver::on_checkpoint);
    }
    limit.rlim_cur = most;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    tell(observers, &TrainingObserver::on_end);
    return warnings == 1 ? 0 : 1;
  });
  CHECK(status == 0);
  const std::string text = read_file(path);
  CHECK(std::count(text.begin(), text.end(), '\n') == 101);
}
