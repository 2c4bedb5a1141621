#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/models/trainer/training_amount.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0 {

double fraction_of(const TrainingAmount& amount, const TrainingSpent& spent) {
  double fraction = 0;
  const auto take = [&](const auto& limit, auto used) {
    if (limit) fraction = std::max(fraction, static_cast<double>(used) / static_cast<double>(*limit));
  };
  take(amount.epochs, spent.epochs);
  take(amount.updates, spent.updates);
  take(amount.items, spent.items);
  take(amount.seconds, spent.seconds);
  return fraction;
}

void expect_amount(std::string_view operation, std::string_view name, const TrainingAmount& amount) {
  const auto expect = [&](std::string_view member, const auto& limit) {
    if (limit) expect_in(operation, fmt::format("{}.{}", name, member), static_cast<double>(*limit), positive);
  };
  expect("epochs", amount.epochs);
  expect("updates", amount.updates);
  expect("items", amount.items);
  expect("seconds", amount.seconds);
}

}  // namespace unroll::inline v0
