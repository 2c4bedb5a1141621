#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "support/thread_processes.hpp"
#include "support/training_models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/sha256.hpp>
#include <unroll/models/trainer/trainer.hpp>

#include <filesystem>
#include <functional>
#include <limits>
#include <mutex>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

/// What each of several processes comes to, or the message of what it has thrown.
struct Outcome {
  std::vector<float> weights;
  double best_loss = 0;
  std::uint64_t updates = 0, skipped = 0;
  std::string error;
  bool operator==(const Outcome&) const = default;
};

/// Calls train(communicator) in each process, and returns the outcome of all, which must be one.
Outcome outcome_of(std::size_t processes, const std::function<Outcome(const Communicator&)>& train) {
  std::vector<Outcome> outcomes(processes);
  const auto work = [&](const Communicator& own) {
    try {
      outcomes[own.process()] = train(own);
    } catch (const Error& error) {
      outcomes[own.process()].error = error.what();
    }
  };
  if (processes == 1)
    work({});
  else
    ThreadProcesses(processes).run(work);
  for (const Outcome& outcome : outcomes) CHECK((outcome == outcomes[0]));
  return outcomes[0];
}

/// A speller with everything that a trainer has.
Outcome train_speller(const Communicator& communicator, std::size_t threads, const Truncation& truncation,
                      const FitOptions& options = {}, std::uint64_t updates = 24) {
  const auto tokens = text(150), held_out = text(40);
  Speller model;
  const auto loss = noisy_spelling_loss(model, truncation);
  StreamWindows windows(tokens, 7, truncation), validation(held_out, 2, truncation);
  Trainer trainer(model, {.schedule = PlateauSchedule({.learning_rate = 0.02, .factor = 0.5, .patience = 1}),
                          .budget = {.updates = updates},
                          .clip_norm = 0.5,
                          .accumulate = 2,
                          .parts = 5,
                          .threads = threads,
                          .communicator = communicator,
                          .average_decay = 0.9,
                          .weight_noise = 0.01});
  FitOptions fit = options;
  fit.validate = [&] { return trainer.measure(validation, loss); };
  fit.evaluate_every = {.updates = 5};
  fit.stop_on_signals = false;  // which one thread of a process may catch
  const auto report = trainer.fit(windows, loss, fit);
  return {weights(model), report.best_loss.value(), report.spent.updates, report.skipped, ""};
}

/// A line with a loss that `spoil(batch)` changes.
Outcome train_line(const Communicator& communicator, TrainerOptions<> options, const auto& spoil) {
  Line model;
  auto source = points();
  const auto plain = loss_of(model);
  const auto loss = [&](Tape<>& tape, const Points& batch) { return plain(tape, batch) * spoil(batch); };
  options.budget = {.updates = 12}, options.parts = 4, options.threads = 1, options.communicator = communicator;
  const auto report = Trainer(model, options).fit(source, loss, {.stop_on_signals = false});
  return {weights(model), 0, report.spent.updates, report.skipped, ""};
}

}  // namespace

TEST_CASE("1, 2, 3, 4 and 6 processes train the same model, to the bit, with any threads and truncation") {
  const auto truncation = GENERATE(Truncation{4, 4}, Truncation{3, 9}, Truncation{6, 2});
  CAPTURE(truncation.k1, truncation.k2);
  const Outcome expected = train_speller({}, 1, truncation);
  for (const std::size_t processes : {2u, 3u, 4u, 6u})
    for (const std::size_t threads : {1u, 2u}) {
      INFO(processes << " processes, " << threads << " threads");
      const Outcome found =
          outcome_of(processes, [&](const auto& own) { return train_speller(own, threads, truncation); });
      CHECK((found == expected));
    }
}

TEST_CASE("only the first process writes files and tells observers") {
  const TemporaryDirectory folder;
  std::mutex mutex;
  std::size_t updates = 0, evaluations = 0;
  const auto fit_of = [&](const std::filesystem::path& path) {
    return FitOptions{.keep_best = path,
                      .observers = {{.on_update =
                                         [&](const UpdateRecord&) {
                                           const std::lock_guard lock(mutex);
                                           ++updates;
                                         },
                                     .on_evaluation =
                                         [&](const EvaluationRecord&) {
                                           const std::lock_guard lock(mutex);
                                           ++evaluations;
                                         }}}};
  };
  const Outcome found = outcome_of(3, [&](const Communicator& own) {
    return train_speller(own, 1, {4, 4}, fit_of(folder / ("model." + std::to_string(own.process()))));
  });
  CHECK(found.updates == 24);
  CHECK(updates == 24);
  CHECK(evaluations == 5);
  CHECK(std::filesystem::exists(folder / "model.0"));
  CHECK_FALSE(std::filesystem::exists(folder / "model.1"));
  train_speller({}, 1, {4, 4}, {.keep_best = folder / "alone"});
  CHECK(sha256_of_file(folder / "model.0") == sha256_of_file(folder / "alone"));
}

TEST_CASE("a training is resumed with another number of processes, to the same bits") {
  const auto truncation = GENERATE(Truncation{4, 4}, Truncation{3, 9});
  const TemporaryDirectory folder;
  const auto train = [&](std::size_t processes, std::uint64_t updates, bool resumes) {
    FitOptions fit{.checkpoint = {.path = folder / "c", .every = {.updates = 3}}};
    if (resumes) fit.resume = folder / "c";
    return outcome_of(processes, [&](const auto& own) { return train_speller(own, 1, truncation, fit, updates); });
  };
  const Outcome expected = train_speller({}, 1, truncation);
  train(2, 5, false), train(3, 10, true), train(1, 15, true);
  const Outcome found = train(4, 24, true);
  CHECK((found == expected));
}

TEST_CASE("a loss that is not finite in one process is skipped by all, or ends all with its reason and place") {
  const auto spoil = [](const Points& batch) {
    return batch.inputs[0] > 1.5f ? std::numeric_limits<float>::infinity() : 1.0f;
  };
  const Outcome expected = train_line({}, {.skip_nonfinite = 5}, spoil);
  CHECK(expected.skipped > 0);
  for (const std::size_t processes : {2u, 4u}) {
    const Outcome found =
        outcome_of(processes, [&](const auto& own) { return train_line(own, {.skip_nonfinite = 5}, spoil); });
    CHECK((found == expected));
    const Outcome ended = outcome_of(processes, [&](const auto& own) { return train_line(own, {}, spoil); });
    CHECK_THAT(ended.error, Contains("training has diverged in update ") && Contains("the loss is inf")
                                && Contains("several_processes_test.cpp"));
  }
}

TEST_CASE("an error of the kind that a part throws ends all processes with its text") {
  const auto spoil = [](const Points& batch) -> float {
    if (batch.inputs[0] > 1.5f) throw NumericalError("this example is bad");
    return 1;
  };
  const Outcome found = outcome_of(3, [&](const auto& own) { return train_line(own, {}, spoil); });
  CHECK_THAT(found.error, Contains("training has diverged in update ") && Contains("this example is bad"));
}

TEST_CASE("processes that were given other options or other weights do not begin") {
  const auto as_they_are = [](const Points&) { return 1.0f; };
  const Outcome other_seed =
      outcome_of(2, [&](const Communicator& own) { return train_line(own, {.seed = own.process() + 1}, as_they_are); });
  CHECK_THAT(other_seed.error, Contains("\n  seed: \"1\" in process 0, \"2\" in process 1"));
  const Outcome other_weights = outcome_of(2, [&](const Communicator& own) -> Outcome {
    Line model;
    (*model.layer.weight.mutable_value())[0] += static_cast<float>(own.process());
    auto source = points();
    Trainer(model, {.budget = {.updates = 3}, .communicator = own}).fit(source, loss_of(model));
    return {};
  });
  CHECK_THAT(other_weights.error, Contains("after 0 updates process 1 has other weights than process 0"));
}

TEST_CASE("a checkpoint that is missing, or that another training writes, is refused in all processes") {
  const TemporaryDirectory folder;
  const auto train = [&](const FitOptions& fit) {
    return outcome_of(2, [&](const Communicator& own) { return train_speller(own, 1, {4, 4}, fit); });
  };
  CHECK_THAT(train({.resume = folder / "none"}).error, Contains("No such file"));
  const FileLock other(folder / "c");
  CHECK_THAT(train({.checkpoint = {.path = folder / "c"}}).error, Contains("another training writes it"));
}

TEST_CASE("a model that cannot be kept is a warning in all processes, and an error in all at the end") {
  const TemporaryDirectory folder;
  const Outcome found = outcome_of(2, [&](const Communicator& own) {
    return train_speller(own, 1, {4, 4}, {.keep_best = folder / "none" / "model"});
  });
  CHECK_THAT(found.error, Contains("none/model") || Contains("there is no directory"));
}

TEST_CASE("what all have to do, and only one is told to do, is named before the training begins") {
  const TemporaryDirectory folder;
  const auto error_of = [&](const FitOptions& of_the_first) {
    const Outcome found = outcome_of(2, [&](const Communicator& own) {
      return train_speller(own, 1, {4, 4}, own.is_first() ? of_the_first : FitOptions{});
    });
    return found.error;
  };
  CHECK_THAT(error_of({.keep_best = folder / "model"}),
             Contains("keep_best: \"given\" in process 0, \"not given\" in process 1"));
  CHECK_THAT(error_of({.patience = 3}), Contains("patience: \"3\" in process 0, \"0\" in process 1"));
  CHECK_THAT(error_of({.checkpoint = {.path = folder / "c"}}),
             Contains("checkpoint: \"given\" in process 0, \"not given\" in process 1"));
  CHECK_THAT(error_of({.resume = folder / "c"}), Contains("resume: \"given\" in process 0"));
  const Outcome budgets = outcome_of(2, [&](const Communicator& own) {
    return train_speller(own, 1, {4, 4}, {}, 10 + own.process());
  });
  CHECK_THAT(budgets.error, Contains("budget.updates: \"10\" in process 0, \"11\" in process 1"));
}

TEST_CASE("fast sums train nearly the same model in all processes, and what they need is a setting") {
  const auto as_they_are = [](const Points&) { return 1.0f; };
  const TrainerOptions<> fast{.sum_order = SumOrder::fast};
  const Outcome expected = train_line({}, {}, as_they_are);
  const Outcome found = outcome_of(3, [&](const auto& own) { return train_line(own, fast, as_they_are); });
  for (std::size_t i = 0; i < found.weights.size(); ++i) CHECK(found.weights[i] == Approx(expected.weights[i]));
  CHECK(detail::settings_of(fast).at("sum_order") == "fast");
}
