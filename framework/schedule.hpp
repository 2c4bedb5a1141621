#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

/// Learning rates that change while a model is trained. A schedule is a small value; `rate(progress)` is the learning
/// rate at that share of the budget, 0 at the start and 1 at the end, whatever is counted: characters, steps, minutes.
/// Progress above 1 counts as 1 (minutes are overshot by part of a step). `rate` throws ArgumentError for progress that
/// is negative or NaN, the constructors for options outside their intervals.
///
///     WarmUp schedule(CosineSchedule({.learning_rate = 0.004}), {.share = 0.02});
///     optimizer.set_learning_rate(schedule.rate(characters_seen / characters_wanted));
namespace unroll::inline v0 {

/// Always the same rate.
class ConstantSchedule {
 public:
  struct Options {
    double learning_rate = 1e-3;
  };
  explicit ConstantSchedule(const Options& options);
  double rate(double progress) const;

 private:
  Options options_;
};

/// Multiplied by `factor` after every `interval` of the budget: learning_rate factor^⌊progress / interval⌋.
class StepSchedule {
 public:
  struct Options {
    double learning_rate = 1e-3;
    double factor = 0.1;       // (0, 1]
    double interval = 1. / 3;  // (0, 1]
  };
  explicit StepSchedule(const Options& options);
  double rate(double progress) const;

 private:
  Options options_;
};

/// Half a cosine from learning_rate down to final_rate (Loshchilov and Hutter 2017, eq. 5, without restarts).
class CosineSchedule {
 public:
  struct Options {
    double learning_rate = 1e-3;
    double final_rate = 0;  // [0, learning_rate]
  };
  explicit CosineSchedule(const Options& options);
  double rate(double progress) const;

 private:
  Options options_;
};

/// Multiplied by `factor` when `patience` observations in a row were no better than the best by the share `threshold`,
/// and one more is not; then the count begins anew. As PyTorch's ReduceLROnPlateau.
class PlateauSchedule {
 public:
  struct Options {
    double learning_rate = 1e-3;
    double factor = 0.1;  // (0, 1)
    std::uint64_t patience = 10;
    double threshold = 1e-4;  // [0, 1)
    double final_rate = 0;    // [0, learning_rate]; it never falls below
  };
  explicit PlateauSchedule(const Options& options);
  /// The rate after what was observed so far; progress does not matter.
  double rate(double progress) const;
  /// Takes in a validation loss; true when it made the rate fall. Throws NumericalError unless it is finite.
  bool observe(double loss);

  /// Calls `visit(name, value&)` for what must be kept to go on exactly.
  void for_each_state(auto&& visit) {
    visit("rate", rate_);
    visit("best_loss", best_loss_);
    visit("observations_without_progress", observations_without_progress_);
  }

 private:
  Options options_;
  double rate_;
  double best_loss_ = std::numeric_limits<double>::infinity();
  std::uint64_t observations_without_progress_ = 0;
};

struct WarmUpOptions {
  double share = 0.05;  // of the budget, [0, 1); 0 is no warm-up
};

namespace detail {
/// Throws ArgumentError for a share outside [0, 1), and for progress that is negative or NaN.
void check_warm_up(double share);
double clamped_progress(double progress);
}  // namespace detail

/// Rises in a straight line from 0, but never below a hundredth, to the first rate of another schedule, which then has
/// the rest of the budget (Goyal et al. 2017, section 2.2: gradual warm-up).
template <class Schedule>
class WarmUp {
 public:
  using Options = WarmUpOptions;

  explicit WarmUp(Schedule after, Options options = {}) : after_(std::move(after)), options_(options) {
    detail::check_warm_up(options_.share);
  }
  double rate(double progress) const {
    const double now = detail::clamped_progress(progress);
    // The first update, at progress 0, must move something.
    if (now < options_.share) return after_.rate(0) * std::max(now / options_.share, 0.01);
    return after_.rate((now - options_.share) / (1 - options_.share));
  }
  bool observe(double loss) requires requires(Schedule& schedule) { schedule.observe(loss); }
  { return after_.observe(loss); }
  void for_each_state(auto&& visit) { after_.for_each_state(visit); }

 private:
  Schedule after_;
  Options options_;
};

/// One of the schedules, chosen while the program runs.
class AnySchedule {
 public:
  using Choice = std::variant<ConstantSchedule, StepSchedule, CosineSchedule, PlateauSchedule>;

  explicit AnySchedule(Choice choice) : choice_(std::move(choice)) {}
  double rate(double progress) const {
    return std::visit([&](const auto& schedule) { return schedule.rate(progress); }, choice_);
  }
  /// As PlateauSchedule's; the others do not look at the loss.
  bool observe(double loss) {
    auto* plateau = std::get_if<PlateauSchedule>(&choice_);
    return plateau != nullptr && plateau->observe(loss);
  }
  void for_each_state(auto&& visit) {
    if (auto* plateau = std::get_if<PlateauSchedule>(&choice_)) plateau->for_each_state(visit);
  }

 private:
  Choice choice_;
};

/// What a program lets its user choose; the schedule's own default where empty.
struct ScheduleSettings {
  double warm_up = 0;                          // share of the budget
  std::optional<double> final_rate = {};       // of cosine and plateau
  std::optional<double> factor = {};           // of step and plateau
  std::optional<double> interval = {};         // of step
  std::optional<std::uint64_t> patience = {};  // of plateau
};

/// "constant", "step", "cosine", "plateau": what make_schedule knows.
std::span<const std::string_view> schedule_names();

/// The schedule of that name. Throws ArgumentError for another name, listing these, for a setting that it does not
/// have, and for numbers outside their intervals.
WarmUp<AnySchedule> make_schedule(std::string_view name, double learning_rate, const ScheduleSettings& settings = {});

}  // namespace unroll::inline v0
