#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// What a training tells of itself while it runs, and who is told. Plain values: a training makes them, observers read
/// them, and each of the ready ones (CsvLog, EventFile, TrainingPage, ConsoleProgress) is also a model for one of
/// yours.
///
///     std::vector<double> losses;
///     const TrainingObserver mine{.on_update = [&](const UpdateRecord& record) { losses.push_back(record.loss); }};
namespace unroll::inline v0 {

/// Where a training begins: at 0, or where the checkpoint that it resumes was saved.
struct TrainingStart {
  std::uint64_t update = 0;  ///< Updates made before.
  double epoch = 0;          ///< Passes over the data made before.
  double seconds = 0;        ///< Seconds spent before.
  double progress = 0;       ///< The fraction of the budget used before.
};

/// What one update did.
struct UpdateRecord {
  std::uint64_t update = 0;  ///< Updates so far, this one included: the first has 1. Skipped ones count.
  double epoch = 0;          ///< Passes over the data so far: 1.5 is the middle of the second.
  double seconds = 0;        ///< Seconds since the training began, with those before it was resumed.
  double progress = 0;       ///< The fraction of the budget that is used, 0 to 1, as schedules take it.
  double loss = 0;           ///< The mean loss of this update's items, before the update.
  double learning_rate = 0;  ///< The rate of this update.
  double gradient_norm = 0;  ///< The Euclidean norm of the whole gradient before it was clipped; NaN: not measured.
  std::uint64_t items = 0;   ///< Tokens or examples that this update learned from.
  bool skipped = false;      ///< A number was not finite, so the weights stayed as they were.
};

/// What an evaluation on held-out data found.
struct EvaluationRecord {
  std::uint64_t update = 0;  ///< Updates before it.
  double epoch = 0;          ///< As of an update.
  double seconds = 0;        ///< As of an update; the time of the evaluation is included.
  double progress = 0;       ///< As of an update.
  double loss = 0;           ///< The mean held-out loss.
  bool best = false;         ///< No evaluation before it had a lower loss.
  std::vector<std::pair<std::string, double>> figures = {};  ///< Further figures by name, such as {"accuracy", 0.75}.
};

/// Functions that a training calls; an empty one is not called. A training calls them on the thread that started it,
/// between two updates. What they throw ends the training and reaches its caller. From the third update on a training
/// touches the heap no more, and on_update should not either.
struct TrainingObserver {
  std::function<void(const TrainingStart&)> on_begin = {};          ///< Once, before the first update.
  std::function<void(const UpdateRecord&)> on_update = {};          ///< After each update.
  std::function<void(const EvaluationRecord&)> on_evaluation = {};  ///< After each evaluation.
  /// Before a checkpoint is saved. What an observer keeps in a buffer must reach its file now: a training that is
  /// resumed from the checkpoint does not tell it again.
  std::function<void()> on_checkpoint = {};
  /// A sentence for the user, such as "warning: the model is not kept: ...".
  std::function<void(const std::string&)> on_message = {};
  std::function<void()> on_end = {};  ///< Once, after the last update or evaluation; not when the training throws.
};

namespace detail {

/// The events of a training for which an object has a function. One that has the name and does not take the event
/// counts too, so that the compiler refuses it; overloads and templates have a name without an address.
template <class Writer>
struct EventsOf {
  static constexpr bool begin = requires { &Writer::on_begin; }
  || requires(Writer& writer, const TrainingStart& start) { writer.on_begin(start); };
  static constexpr bool update = requires { &Writer::on_update; }
  || requires(Writer& writer, const UpdateRecord& record) { writer.on_update(record); };
  static constexpr bool evaluation = requires { &Writer::on_evaluation; }
  || requires(Writer& writer, const EvaluationRecord& record) { writer.on_evaluation(record); };
  static constexpr bool checkpoint = requires { &Writer::on_checkpoint; }
  || requires(Writer& writer) { writer.on_checkpoint(); };
  static constexpr bool message = requires { &Writer::on_message; }
  || requires(Writer& writer, const std::string& text) { writer.on_message(text); };
  static constexpr bool end = requires { &Writer::on_end; }
  || requires(Writer& writer) { writer.on_end(); };
  static constexpr bool any = begin || update || evaluation || checkpoint || message || end;
};

}  // namespace detail

/// An observer that calls the functions of an object with the same names: on_begin, on_update, on_evaluation,
/// on_checkpoint, on_message, on_end. The object needs not have all of them, but one at least. It lives as long as a
/// copy of the observer.
template <class Writer>
TrainingObserver observer_of(std::shared_ptr<Writer> writer) {
  using Has = detail::EventsOf<Writer>;
  static_assert(Has::any,
                "an observer needs a public on_begin, on_update, on_evaluation, on_checkpoint, on_message or "
                "on_end that takes what TrainingObserver says");
  TrainingObserver observer;
  if constexpr (Has::begin) observer.on_begin = [writer](const TrainingStart& start) { writer->on_begin(start); };
  if constexpr (Has::update) observer.on_update = [writer](const UpdateRecord& record) { writer->on_update(record); };
  if constexpr (Has::evaluation)
    observer.on_evaluation = [writer](const EvaluationRecord& record) { writer->on_evaluation(record); };
  if constexpr (Has::checkpoint) observer.on_checkpoint = [writer] { writer->on_checkpoint(); };
  if constexpr (Has::message) observer.on_message = [writer](const std::string& text) { writer->on_message(text); };
  if constexpr (Has::end) observer.on_end = [writer] { writer->on_end(); };
  return observer;
}

/// The same of an object that is made here: `observer_of<CsvLog>("training.csv")`.
template <class Writer, class... Arguments>
TrainingObserver observer_of(Arguments&&... arguments) {
  return observer_of(std::make_shared<Writer>(std::forward<Arguments>(arguments)...));
}

/// Tells all observers of an event, one after the other: `tell(observers, &TrainingObserver::on_update, record)`.
template <class Event, class... Records>
void tell(std::span<const TrainingObserver> observers, Event TrainingObserver::*event, const Records&... records) {
  for (const TrainingObserver& observer : observers)
    if (observer.*event) (observer.*event)(records...);
}

}  // namespace unroll::inline v0
