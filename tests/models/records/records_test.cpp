#include "support/catch.hpp"
#include "support/training_records.hpp"
#include <unroll/models/records/records.hpp>

using namespace unroll;

namespace {

struct Counter {
  int& counted;
  int begun = 0;
  explicit Counter(int& count) : counted(count) {}
  void on_begin(const TrainingStart&) { ++begun; }
  void on_update(const UpdateRecord& record) { counted += static_cast<int>(record.update); }
  void on_end() const { counted += 1000; }
};

/// Its functions have no one address: one has two overloads, one is a template.
struct Overloaded {
  int updates = 0, evaluations = 0;
  void on_update(const UpdateRecord&) { ++updates; }
  void on_update(int) { updates += 100; }
  template <class Record>
  void on_evaluation(const Record&) {
    ++evaluations;
  }
};

}  // namespace

TEST_CASE("an observer is told what it has a function for", "[records]") {
  std::vector<double> losses;
  const std::vector<TrainingObserver> observers{
      {}, {.on_update = [&](const UpdateRecord& record) { losses.push_back(record.loss); }}};
  tell(observers, &TrainingObserver::on_begin, TrainingStart{});
  tell(observers, &TrainingObserver::on_update, update_record(1));
  tell(observers, &TrainingObserver::on_update, update_record(2));
  tell(observers, &TrainingObserver::on_evaluation, evaluation_record(2));
  tell(observers, &TrainingObserver::on_checkpoint);
  tell(observers, &TrainingObserver::on_end);
  CHECK(losses == std::vector<double>{2, 1.5});
}

TEST_CASE("observers are told one after the other, and what one throws reaches the training", "[records]") {
  std::string order;
  const auto adds = [&](char letter) {
    return TrainingObserver{.on_end = [&order, letter] {
      order += letter;
      if (letter == 'c') throw std::runtime_error("stop");
    }};
  };
  const std::vector<TrainingObserver> observers{adds('a'), adds('b'), adds('c'), adds('d')};
  CHECK_THROWS_WITH(tell(observers, &TrainingObserver::on_end), "stop");
  CHECK(order == "abc");
}

TEST_CASE("an overloaded function and a template are called too", "[records]") {
  static_assert(detail::EventsOf<Overloaded>::any && !detail::EventsOf<Overloaded>::begin);
  static_assert(!detail::EventsOf<std::string>::any);  // is no observer, says the compiler
  const auto writer = std::make_shared<Overloaded>();
  const std::vector<TrainingObserver> observers{observer_of(writer)};
  tell(observers, &TrainingObserver::on_update, update_record(1));
  tell(observers, &TrainingObserver::on_evaluation, evaluation_record(1));
  CHECK(writer->updates == 1);
  CHECK(writer->evaluations == 1);
}

TEST_CASE("an object with functions of these names is an observer, which owns it", "[records]") {
  int count = 0;
  const auto counter = std::make_shared<Counter>(count);
  const std::vector<TrainingObserver> observers{observer_of(counter), observer_of<Counter>(count)};
  CHECK(counter.use_count() > 1);
  CHECK_FALSE(observers[0].on_evaluation);
  CHECK_FALSE(observers[0].on_checkpoint);
  tell(observers, &TrainingObserver::on_begin, TrainingStart{});
  tell(observers, &TrainingObserver::on_update, update_record(7));
  tell(observers, &TrainingObserver::on_end);
  CHECK(counter->begun == 1);
  CHECK(count == 2 * 7 + 2000);
}
