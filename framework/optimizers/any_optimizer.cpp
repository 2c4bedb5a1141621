#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/optimizers/any_optimizer.hpp>

#include <fmt/format.h>

namespace unroll::inline v0 {

namespace {

constexpr std::array<std::string_view, 6> names = {"sgd", "nesterov", "adagrad", "rmsprop", "adam", "adamw"};

/// An optimizer with the chosen settings, and its defaults for the rest.
template <class Chosen, class Scalar>
AnyOptimizer<Scalar> make(const OptimizerSettings& settings, typename Chosen::Options options = {}) {
  options.learning_rate = settings.learning_rate.value_or(options.learning_rate);
  options.weight_decay = settings.weight_decay.value_or(options.weight_decay);
  options.decayed = settings.decayed;
  options.groups = settings.groups;
  if constexpr (requires { options.momentum; })
    options.momentum = settings.momentum.value_or(options.momentum);
  else if (settings.momentum)
    throw ArgumentError(fmt::format("{}: momentum {} given, but it has none: only sgd, nesterov and rmsprop have one",
                                    Chosen::name, *settings.momentum));
  return AnyOptimizer<Scalar>(Chosen(std::move(options)));
}

}  // namespace

std::span<const std::string_view> optimizer_names() { return names; }

template <class Scalar>
AnyOptimizer<Scalar> make_optimizer(std::string_view name, const OptimizerSettings& settings) {
  if (name == "sgd") return make<Sgd<Scalar>, Scalar>(settings);
  if (name == "nesterov") return make<Sgd<Scalar>, Scalar>(settings, {.momentum = 0.9, .nesterov = true});
  if (name == "adagrad") return make<Adagrad<Scalar>, Scalar>(settings);
  if (name == "rmsprop") return make<RmsProp<Scalar>, Scalar>(settings);
  if (name == "adam") return make<Adam<Scalar>, Scalar>(settings);
  if (name == "adamw") return make<AdamW<Scalar>, Scalar>(settings);
  throw ArgumentError(
      fmt::format("optimizer: {} is unknown, expected one of {}", quoted(name), fmt::join(names, ", ")));
}

template AnyOptimizer<float> make_optimizer(std::string_view, const OptimizerSettings&);
template AnyOptimizer<double> make_optimizer(std::string_view, const OptimizerSettings&);

}  // namespace unroll::inline v0
