#include "task/training_flags.hpp"

#include "console/output.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/atomic_file.hpp>
#include <unroll/models/records/console_progress.hpp>
#include <unroll/models/records/csv_log.hpp>
#include <unroll/models/records/event_file.hpp>
#include <unroll/models/records/forgiving.hpp>
#include <unroll/models/records/training_page.hpp>

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <limits>
#include <memory>
#include <utility>

namespace task {

namespace {

constexpr std::uint64_t any = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t most_threads = 1024, most_batch = 1U << 20U;
constexpr std::array<std::string_view, 2> sum_orders{"fixed", "fast"};

void add_budget(console::Flags& flags, TrainingFlags& training, std::string_view items) {
  flags.real("--epochs", training.epochs, {.low = 0, .high = 1e6, .open_low = true},
             fmt::format("end after this many passes over the {}; {} unless a limit is given", items,
                         training.default_epochs));
  flags.real("--minutes", training.minutes, {.low = 0, .high = 1e6, .open_low = true}, "end after this time");
  flags.whole("--patience", training.patience, 0, any,
              "end after this many evaluations in a row that are no better; 0: never");
}

void add_optimizer(console::Flags& flags, TrainingFlags& training, std::string_view items) {
  flags.whole("--batch", training.batch, 1, most_batch, fmt::format("{} of an update", items));
  flags.word("--optimizer", "NAME", training.optimizer, unroll::optimizer_names(), "how weights follow gradients");
  flags.word("--schedule", "NAME", training.schedule, unroll::schedule_names(),
             "how the learning rate falls over the budget");
  flags.real("--learning-rate", training.learning_rate, {.low = 0, .high = 1000}, "size of an update, at the start");
  flags.real("--weight-decay", training.weight_decay, {.low = 0, .high = 1000},
             "by which weights shrink, as the optimizer takes it");
  flags.real("--weight-noise", training.weight_noise, unroll::not_negative,
             "deviation of the noise on the weights while they learn");
  flags.real_or_off("--clip", training.clip, {.low = 0, .high = 1e9, .open_low = true},
                    "longest gradient; longer ones are scaled down; off: never");
  flags.real("--average", training.average, unroll::below_one,
             "decay of the moving average of the weights, which is judged and kept; 0: none");
}

void add_machine(console::Flags& flags, TrainingFlags& training) {
  flags.whole("--seed", training.seed, 0, any, "beginning of all random numbers");
  flags.whole("--parts", training.parts, 1, most_threads,
              "parts of a batch that threads share out; the model depends on them, and not on the threads");
  flags.whole("--threads", training.threads, 0, most_threads,
              "threads that share a batch; 0: as many as the machine runs at once; never more than --parts");
  flags.word("--reduce", "ORDER", training.reduce, sum_orders,
             "how processes that mpirun has started sum gradients: to the bits of one process, or as fast as can be");
}

void add_files(console::Flags& flags, TrainingFlags& training) {
  flags.text("--checkpoint", "FILE", training.checkpoint, "file to save all of the training in, to go on after a stop");
  flags.real("--checkpoint-every", training.checkpoint_every, {.low = 0, .high = 1e6, .open_low = true},
             "seconds between two checkpoints");
  flags.text("--resume", "FILE", training.resume,
             "checkpoint to go on from, to the same bits; give the other flags as they were; it is the --checkpoint "
             "too, unless one is given");
  flags.text("--log", "DIR", training.log, "folder for training.csv, training.html and TensorBoard's event file");
}

unroll::TrainingAmount budget_of(const TrainingFlags& training) {
  unroll::TrainingAmount budget{.epochs = training.epochs};
  if (training.minutes) budget.seconds = 60 * *training.minutes;
  if (budget.empty()) budget.epochs = training.default_epochs;
  return budget;
}

std::vector<unroll::TrainingObserver> observers_of(const TrainingFlags& training, std::string_view items) {
  if (!training.communicator.is_first()) return {};  // logs are files, and so the first process's
  const auto console = std::make_shared<unroll::ConsoleProgress>(unroll::ConsoleProgressOptions{
      .words = {.items = std::string(items)}, .status = {.prefix = console::message_prefix()}});
  std::vector<unroll::TrainingObserver> observers{unroll::observer_of(console)};
  if (training.log.empty()) return observers;
  const std::filesystem::path folder = training.log;
  // A full disk ends no training: the log has a gap.
  const auto add = [&](unroll::TrainingObserver log) {
    observers.push_back(unroll::forgiving(std::move(log), [console](std::string_view text) { console->say(text); }));
  };
  add(unroll::observer_of<unroll::EventFile>(folder));  // makes the folder
  add(unroll::observer_of<unroll::CsvLog>(folder / "training.csv"));
  add(unroll::observer_of<unroll::TrainingPage>(folder / "training.html"));
  return observers;
}

}  // namespace

void add_training_flags(console::Flags& flags, TrainingFlags& training, std::string_view items) {
  flags.text("--model", "FILE", training.model, "model file to write");
  flags.flag("--force", training.force, "replace the model file if there is one");
  add_budget(flags, training, items);
  add_optimizer(flags, training, items);
  add_machine(flags, training);
  add_files(flags, training);
  flags.flag("--json", training.json, "print one JSON object at the end on standard output, and nothing else");
}

unroll::TrainerOptions<> trainer_options(const TrainingFlags& training) {
  return {.optimizer = unroll::make_optimizer(training.optimizer, {.weight_decay = training.weight_decay}),
          .schedule = unroll::make_schedule(training.schedule, training.learning_rate).after(),
          .budget = budget_of(training),
          .clip_norm = training.clip,
          .parts = training.parts,
          .threads = training.threads,
          .communicator = training.communicator,
          .sum_order = training.reduce,
          .seed = training.seed,
          .average_decay = training.average,
          .weight_noise = training.weight_noise};
}

unroll::FitOptions fit_options(const TrainingFlags& training, std::string_view items) {
  return {.patience = training.patience,
          .keep_best = training.model,
          .checkpoint = {.path = training.checkpoint.empty() ? training.resume : training.checkpoint,
                         .every = {.seconds = training.checkpoint_every}},
          .resume = training.resume,
          .observers = observers_of(training, items)};
}

void expect_model_path(const TrainingFlags& training, std::string_view data) {
  namespace fs = std::filesystem;
  if (!training.communicator.is_first()) return;  // which writes the files
  unroll::expect_writable(training.model);
  const bool goes_on = !training.resume.empty();  // then it is the best model so far
  if (fs::exists(training.model) && !training.force && !goes_on)
    throw unroll::ArgumentError(fmt::format("--model: {} exists already; give another name, or --force to replace it",
                                            unroll::quoted(training.model)));
  std::error_code neither;  // equivalent() finds the same file under any name
  for (const auto& [flag, file] :
       {std::pair{"--model", training.model}, std::pair{"--checkpoint", training.checkpoint}})
    if (!data.empty() && data != "-" && fs::equivalent(data, file, neither))
      throw unroll::ArgumentError(fmt::format("{}: {} holds the data; give another name", flag, unroll::quoted(file)));
  if (fs::path(training.model).lexically_normal() == fs::path(training.checkpoint).lexically_normal())
    throw unroll::ArgumentError(
        fmt::format("--checkpoint: {} is the model's file; give another name", unroll::quoted(training.checkpoint)));
}

}  // namespace task
