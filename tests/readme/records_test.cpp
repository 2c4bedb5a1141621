#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/models/records/console_progress.hpp>
#include <unroll/models/records/csv_log.hpp>
#include <unroll/models/records/event_file.hpp>
#include <unroll/models/records/training_page.hpp>

#include <filesystem>
#include <functional>
#include <vector>

using namespace unroll;

// learn() makes one update and returns its loss.
void train_and_record(const std::filesystem::path& folder, const std::function<double()>& learn) {
  double last = 0;
  const std::vector<TrainingObserver> observers{
      observer_of<ConsoleProgress>(),                   // a bar on a terminal, else a line now and then
      observer_of<CsvLog>(folder / "training.csv"),     // a row for every update and evaluation
      observer_of<EventFile>(folder / "tensorboard"),   // tensorboard --logdir tensorboard
      observer_of<TrainingPage>(folder / "page.html"),  // the curves, in one file
      {.on_update = [&](const UpdateRecord& record) { last = record.loss; }}};  // one of your own
  tell(observers, &TrainingObserver::on_begin, TrainingStart{});
  for (std::uint64_t update = 1; update <= 100; ++update)
    tell(observers, &TrainingObserver::on_update, UpdateRecord{.update = update, .loss = learn()});
  tell(observers, &TrainingObserver::on_end);
}

TEST_CASE("a loop of one's own is recorded in every way", "[readme]") {
  const TemporaryDirectory folder;
  int learned = 0;
  train_and_record(folder.path(), [&] { return 1.0 / ++learned; });
  CHECK(learned == 100);
  CHECK(folder.count() == 3);
}
