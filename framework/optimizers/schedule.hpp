#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

/// Learning rates that change during training. A schedule is a small value; `rate(progress)` is the learning rate when
/// this fraction of the budget is used, 0 at the start and 1 at the end. The caller chooses the unit of the budget:
/// characters, steps, minutes. Progress above 1 counts as 1 (a budget of minutes ends within a step). All `rate`
/// functions throw ArgumentError for progress that is negative or NaN, all constructors for an option out of range.
///
///     WarmUp schedule(CosineSchedule({.learning_rate = 0.004}), {.fraction = 0.02});
///     optimizer.set_learning_rate(schedule.rate(characters_seen / characters_wanted));
namespace unroll::inline v0 {

/// Always the same rate.
class ConstantSchedule {
 public:
  /// The settings.
  struct Options {
    double learning_rate = 1e-3;  ///< At least 0.
    /// Calls visit(name, number) for every setting.
    void for_each_setting(auto&& visit) const { visit("learning_rate", learning_rate); }
  };
  /// A schedule with these settings.
  explicit ConstantSchedule(const Options& options);
  const Options& options() const { return options_; }  ///< The settings.
  double rate(double progress) const;                  ///< The learning rate.

 private:
  Options options_;
};

/// Multiplies the rate by `factor` after every `interval` of the budget: learning_rate factor^⌊progress / interval⌋.
class StepSchedule {
 public:
  /// The settings.
  struct Options {
    double learning_rate = 1e-3;  ///< The first rate; at least 0.
    double factor = 0.1;          ///< (0, 1]
    double interval = 1. / 3;     ///< A fraction of the budget; (0, 1].
    /// Calls visit(name, number) for every setting.
    void for_each_setting(auto&& visit) const {
      visit("learning_rate", learning_rate), visit("factor", factor), visit("interval", interval);
    }
  };
  /// A schedule with these settings.
  explicit StepSchedule(const Options& options);
  const Options& options() const { return options_; }  ///< The settings.
  double rate(double progress) const;                  ///< As above.

 private:
  Options options_;
};

/// Half a cosine from learning_rate down to final_rate (Loshchilov and Hutter 2017, eq. 5, without restarts).
class CosineSchedule {
 public:
  /// The settings.
  struct Options {
    double learning_rate = 1e-3;  ///< The first rate; at least 0.
    double final_rate = 0;        ///< The last rate; [0, learning_rate].
    /// Calls visit(name, number) for every setting.
    void for_each_setting(auto&& visit) const {
      visit("learning_rate", learning_rate), visit("final_rate", final_rate);
    }
  };
  /// A schedule with these settings.
  explicit CosineSchedule(const Options& options);
  const Options& options() const { return options_; }  ///< The settings.
  double rate(double progress) const;  ///< final_rate + (learning_rate - final_rate) (1 + cos(π progress)) / 2

 private:
  Options options_;
};

/// Multiplies the rate by `factor` when more than `patience` observations in a row have not improved on the best loss
/// by the fraction `threshold` of it; then the count begins anew. As PyTorch's ReduceLROnPlateau.
class PlateauSchedule {
 public:
  /// The settings.
  struct Options {
    double learning_rate = 1e-3;  ///< The first rate; at least 0.
    double factor = 0.1;          ///< (0, 1)
    std::uint64_t patience = 10;  ///< Observations without improvement that do not lower the rate.
    double threshold = 1e-4;      ///< The improvement that counts, as a fraction of the best loss; [0, 1).
    double final_rate = 0;        ///< The least rate; [0, learning_rate].
    /// Calls visit(name, number) for every setting.
    void for_each_setting(auto&& visit) const {
      visit("learning_rate", learning_rate), visit("factor", factor), visit("patience", static_cast<double>(patience)),
          visit("threshold", threshold), visit("final_rate", final_rate);
    }
  };
  /// A schedule with these settings, before its first observation.
  explicit PlateauSchedule(const Options& options);
  const Options& options() const { return options_; }  ///< The settings.
  /// The rate after the observations so far, whatever the progress.
  double rate(double progress) const;
  /// Takes a validation loss; returns whether it lowered the rate. Throws NumericalError unless the loss is finite.
  bool observe(double loss);

  /// Calls `visit(name, value&)` for each number that must be kept to resume exactly.
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

/// The settings of WarmUp.
struct WarmUpOptions {
  double fraction = 0.05;  ///< Of the budget; [0, 1). 0 is no warm-up.
};

namespace detail {
/// Throws ArgumentError for a fraction outside [0, 1).
void check_warm_up(double fraction);
/// Progress, at most 1. Throws ArgumentError when it is negative or NaN.
double clamped_progress(double progress);
}  // namespace detail

/// Raises the rate in a straight line from 0 to the first rate of another schedule, which then has the rest of the
/// budget (Goyal et al. 2017, section 2.2: gradual warm-up). The rate is never below a hundredth of that first rate.
template <class Schedule>
class WarmUp {
 public:
  using Options = WarmUpOptions;  ///< The settings.

  /// Warms up to `after`.
  explicit WarmUp(Schedule after, Options options = {}) : after_(std::move(after)), options_(options) {
    detail::check_warm_up(options_.fraction);
  }
  /// As above.
  double rate(double progress) const {
    const double now = detail::clamped_progress(progress);
    // The first update, at progress 0, must move something.
    if (now < options_.fraction) return after_.rate(0) * std::max(now / options_.fraction, 0.01);
    return after_.rate((now - options_.fraction) / (1 - options_.fraction));
  }
  const Schedule& after() const { return after_; }  ///< The other schedule.
  /// Hands a loss on to the other schedule, if that observes losses.
  bool observe(double loss) requires requires(Schedule& schedule) { schedule.observe(loss); }
  { return after_.observe(loss); }
  void for_each_state(auto&& visit) { after_.for_each_state(visit); }  ///< The state of the other schedule.

 private:
  Schedule after_;
  Options options_;
};

/// One of the schedules, chosen while the program runs.
class AnySchedule {
 public:
  /// The schedules that it can be.
  using Choice = std::variant<ConstantSchedule, StepSchedule, CosineSchedule, PlateauSchedule>;

  /// This schedule, with its state.
  explicit AnySchedule(Choice choice) : choice_(std::move(choice)) {}
  /// The same from one of them: `AnySchedule schedule = CosineSchedule({.learning_rate = 2e-3})`.
  template <class Schedule>
  requires(std::constructible_from<Choice, Schedule> && !std::same_as<Schedule, Choice>) AnySchedule(Schedule schedule)
      : choice_(std::move(schedule)) {}
  const Choice& choice() const { return choice_; }  ///< The schedule itself.
  std::string_view name() const;                    ///< "cosine": as in schedule_names.
  /// The rate of the chosen schedule.
  double rate(double progress) const {
    return std::visit([&](const auto& schedule) { return schedule.rate(progress); }, choice_);
  }
  /// As PlateauSchedule's; the other schedules ignore the loss and return false.
  bool observe(double loss) {
    auto* plateau = std::get_if<PlateauSchedule>(&choice_);
    return plateau != nullptr && plateau->observe(loss);
  }
  /// As PlateauSchedule's; the other schedules have no state.
  void for_each_state(auto&& visit) {
    if (auto* plateau = std::get_if<PlateauSchedule>(&choice_)) plateau->for_each_state(visit);
  }

 private:
  Choice choice_;
};

/// The settings that a program lets its user choose. An empty one leaves the schedule's own default.
struct ScheduleSettings {
  double warm_up = 0;                          ///< Fraction of the budget, for any schedule.
  std::optional<double> final_rate = {};       ///< Of cosine and plateau.
  std::optional<double> factor = {};           ///< Of step and plateau.
  std::optional<double> interval = {};         ///< Of step.
  std::optional<std::uint64_t> patience = {};  ///< Of plateau.
};

/// The names that make_schedule knows: "constant", "step", "cosine", "plateau".
std::span<const std::string_view> schedule_names();

/// The schedule of that name. Throws ArgumentError for another name, listing the known ones, for a setting that the
/// schedule does not have, and for a number out of range.
WarmUp<AnySchedule> make_schedule(std::string_view name, double learning_rate, const ScheduleSettings& settings = {});

}  // namespace unroll::inline v0
