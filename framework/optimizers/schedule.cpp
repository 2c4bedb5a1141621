#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/optimizers/schedule.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace unroll::inline v0 {

namespace detail {

void check_warm_up(double fraction) { expect_in("warm_up", "fraction", fraction, below_one); }

double clamped_progress(double progress) {
  expect_in("schedule", "progress", progress, {});
  return std::min(progress, 1.0);
}

}  // namespace detail

ConstantSchedule::ConstantSchedule(const Options& options) : options_(options) {
  expect_in("constant schedule", "learning_rate", options_.learning_rate, not_negative);
}
double ConstantSchedule::rate(double progress) const {
  static_cast<void>(detail::clamped_progress(progress));
  return options_.learning_rate;
}

StepSchedule::StepSchedule(const Options& options) : options_(options) {
  constexpr ArgumentRange up_to_one{.high = 1, .open_low = true};
  expect_in("step schedule", "learning_rate", options_.learning_rate, not_negative);
  expect_in("step schedule", "factor", options_.factor, up_to_one);
  expect_in("step schedule", "interval", options_.interval, up_to_one);
}
double StepSchedule::rate(double progress) const {
  // 0.3 / 0.1 is a little below 3, and the third fall is due.
  const double falls = std::floor(detail::clamped_progress(progress) / options_.interval + 1e-9);
  return options_.learning_rate * std::pow(options_.factor, falls);
}

CosineSchedule::CosineSchedule(const Options& options) : options_(options) {
  expect_in("cosine schedule", "learning_rate", options_.learning_rate, not_negative);
  expect_in("cosine schedule", "final_rate", options_.final_rate, {.high = options_.learning_rate});
}
double CosineSchedule::rate(double progress) const {
  const double height = (1 + std::cos(std::numbers::pi * detail::clamped_progress(progress))) / 2;
  return options_.final_rate + (options_.learning_rate - options_.final_rate) * height;
}

PlateauSchedule::PlateauSchedule(const Options& options) : options_(options), rate_(options.learning_rate) {
  expect_in("plateau schedule", "learning_rate", options_.learning_rate, not_negative);
  expect_in("plateau schedule", "factor", options_.factor, {.high = 1, .open_low = true, .open_high = true});
  expect_in("plateau schedule", "threshold", options_.threshold, below_one);
  expect_in("plateau schedule", "final_rate", options_.final_rate, {.high = options_.learning_rate});
}
double PlateauSchedule::rate(double progress) const {
  static_cast<void>(detail::clamped_progress(progress));
  return rate_;
}
bool PlateauSchedule::observe(double loss) {
  if (!std::isfinite(loss))
    throw NumericalError(fmt::format(
        "plateau schedule: the loss observed is {}, expected a finite number (has training diverged?)", loss));
  // Relative to the magnitude of the loss: under PyTorch's best (1 - threshold) a negative loss that rises is progress.
  if (std::isinf(best_loss_) || loss < best_loss_ - options_.threshold * std::abs(best_loss_)) {
    best_loss_ = loss;
    observations_without_progress_ = 0;
    return false;
  }
  if (++observations_without_progress_ <= options_.patience) return false;
  observations_without_progress_ = 0;
  const double before = std::exchange(rate_, std::max(rate_ * options_.factor, options_.final_rate));
  return rate_ < before;
}

namespace {

constexpr std::array<std::string_view, 4> all_schedules = {"constant", "step", "cosine", "plateau"};

template <class Value>
void refuse(std::string_view schedule, const char* setting, const std::optional<Value>& value) {
  if (value) throw ArgumentError(fmt::format("{} schedule: {} {} given, but it has none", schedule, setting, *value));
}

AnySchedule choose(std::string_view name, double learning_rate, const ScheduleSettings& settings) {
  if (name != "cosine" && name != "plateau") refuse(name, "final_rate", settings.final_rate);
  if (name != "step" && name != "plateau") refuse(name, "factor", settings.factor);
  if (name != "step") refuse(name, "interval", settings.interval);
  if (name != "plateau") refuse(name, "patience", settings.patience);
  if (name == "constant") return AnySchedule(ConstantSchedule({.learning_rate = learning_rate}));
  if (name == "cosine")
    return AnySchedule(CosineSchedule({.learning_rate = learning_rate, .final_rate = settings.final_rate.value_or(0)}));
  if (name == "step") {
    StepSchedule::Options options{.learning_rate = learning_rate};
    options.factor = settings.factor.value_or(options.factor);
    options.interval = settings.interval.value_or(options.interval);
    return AnySchedule(StepSchedule(options));
  }
  PlateauSchedule::Options options{.learning_rate = learning_rate};
  options.factor = settings.factor.value_or(options.factor);
  options.patience = settings.patience.value_or(options.patience);
  options.final_rate = settings.final_rate.value_or(options.final_rate);
  return AnySchedule(PlateauSchedule(options));
}

}  // namespace

std::span<const std::string_view> schedule_names() { return all_schedules; }

std::string_view AnySchedule::name() const { return all_schedules[choice_.index()]; }  // in the order of Choice

WarmUp<AnySchedule> make_schedule(std::string_view name, double learning_rate, const ScheduleSettings& settings) {
  if (std::find(all_schedules.begin(), all_schedules.end(), name) == all_schedules.end())
    throw ArgumentError(
        fmt::format("schedule: {} is unknown, expected one of {}", quoted(name), fmt::join(all_schedules, ", ")));
  return WarmUp(choose(name, learning_rate, settings), {.fraction = settings.warm_up});
}

}  // namespace unroll::inline v0
