#include "allocation/allocations.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "support/terminal.hpp"
#include "support/training_records.hpp"
#include <unroll/models/records/console_progress.hpp>
#include <unroll/models/records/csv_log.hpp>
#include <unroll/models/records/event_file.hpp>
#include <unroll/models/records/training_page.hpp>

using namespace unroll;

TEST_CASE("from the third update on, what records a training touches the heap no more", "[allocation]") {
  const Environment term("TERM", "xterm");
  const TemporaryDirectory directory;
  const Terminal terminal(100), pipe;
  const auto explain = [](std::string& line, double) { line += "  as much as a sentence of some words says of it"; };
  const std::vector<TrainingObserver> observers{
      observer_of<CsvLog>(directory / "log.csv"), observer_of<EventFile>(directory / "run"),
      observer_of<TrainingPage>(directory / "page.html"),
      observer_of<ConsoleProgress>(ConsoleProgressOptions{.words = {.items = "characters", .explain_loss = explain},
                                                          .status = {.descriptor = terminal.descriptor()}}),
      observer_of<ConsoleProgress>(ConsoleProgressOptions{.words = {}, .status = {.descriptor = pipe.descriptor()}})};
  tell(observers, &TrainingObserver::on_begin, TrainingStart{});
  std::size_t allocations = 0;
  for (std::uint64_t update = 1; update <= 5000; ++update) {
    UpdateRecord record = update_record(update);
    record.seconds = static_cast<double>(update) / 10;
    record.skipped = update % 100 == 99;
    const AllocationCount before;
    tell(observers, &TrainingObserver::on_update, record);
    if (update > 2) allocations += before.since();
    if (update % 100 == 0) static_cast<void>(terminal.text()), static_cast<void>(pipe.text());  // or they are full
  }
  tell(observers, &TrainingObserver::on_end);
  CHECK(allocations == 0);
}
