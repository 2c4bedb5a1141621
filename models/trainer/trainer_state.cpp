#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/training_state.hpp>
#include <unroll/models/trainer/trainer_state.hpp>
#include <unroll/models/trainer/training_checkpoint.hpp>
#include <unroll/ops/product.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace unroll::inline v0::detail {

template <class Scalar>
void take_mean(const Parameters<Scalar>& parameters, std::size_t items, Team& team) {
  const auto factor = static_cast<Scalar>(1 / static_cast<double>(items));
  const Blocks blocks(parameters.size(), [&](std::size_t index) {
    return is_moved(*parameters[index].parameter) ? parameters[index].parameter->value().size() : 0;
  });
  split_work(&team, blocks, [&](std::size_t index, std::size_t first, std::size_t count) {
    Scalar* const gradient = parameters[index].parameter->gradient_memory() + first;
    for (std::size_t i = 0; i < count; ++i) gradient[i] *= factor;
  });
}

namespace {
bool names_one_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code neither;  // equivalent() finds the same file under any name, if it exists
  return a.lexically_normal() == b.lexically_normal() || std::filesystem::equivalent(a, b, neither);
}
}  // namespace

template <class Scalar>
void check_options(const TrainerOptions<Scalar>& options) {
  if (options.budget.empty())
    throw ArgumentError("trainer: the budget has no limit, expected at least one of epochs, updates, items, seconds");
  expect_amount("trainer", "budget", options.budget);
  expect_in("trainer", "warm_up", options.warm_up, below_one);
  expect_in("trainer", "clip_norm", options.clip_norm, {.open_low = true});
  expect_in("trainer", "average_decay", options.average_decay, below_one);
  expect_in("trainer", "weight_noise", options.weight_noise, not_negative);
  for (const auto& [name, number] : {std::pair{"accumulate", options.accumulate}, std::pair{"parts", options.parts}})
    if (number == 0) throw ArgumentError(fmt::format("trainer: {} is 0, expected at least 1", name));
}

void check_options(const FitOptions& options) {
  expect_amount("fit", "evaluate_every", options.evaluate_every);
  if (options.patience > 0 && !options.validate)
    throw ArgumentError("fit: patience given without validate, expected a loss on held-out data to be patient for");
  expect_amount("fit", "checkpoint.every", options.checkpoint.every);
  if (options.stop_when && !options.validate)
    throw ArgumentError("fit: stop_when given without validate, expected an evaluation to ask it about");
  if (!options.keep_best.empty() && names_one_file(options.keep_best, options.checkpoint.path))
    throw ArgumentError(fmt::format("fit: keep_best and checkpoint.path are both {}, expected two files",
                                    quoted(options.keep_best.string())));
  if (options.save && options.keep_best.empty())
    throw ArgumentError("fit: save given without keep_best, expected the name of the file to save");
}

namespace {
/// As Reducer::own_parts, which needs the team that depends on it.
template <class Scalar>
std::size_t own_parts(const TrainerOptions<Scalar>& options) {
  const Communicator& communicator = options.communicator;
  return BatchPart{communicator.process(), communicator.processes()}.range_of(options.parts).count;
}
}  // namespace

template <class Scalar>
TrainerState<Scalar>::TrainerState(TrainerOptions<Scalar> given, Parameters<Scalar> of_model)
    : options((check_options(given), std::move(given))),
      parameters(std::move(of_model)),
      team(thread_count(options.threads, own_parts(options))),
      reducer(options.parts, team, options.communicator, options.sum_order),
      weight_noise(options.weight_noise) {
  // Threads of a BLAS would take cores from the team, and change bits with their number.
  set_product_threads(1);
  if (options.average_decay > 0) average.emplace(options.average_decay);
  options.optimizer.bind(parameters);
}

template <class Scalar>
void TrainerState<Scalar>::add(SafetensorsFile& file) {
  add_training_state(file, options.optimizer, "optimizer.");
  if (average) add_training_state(file, *average, "average.");
}

template <class Scalar>
void TrainerState<Scalar>::load(const SafetensorsFile& file) {
  load_training_state(file, options.optimizer, "optimizer.");
  if (!average) return;
  average.emplace(options.average_decay);
  if (read_number(file, "average.updates") > 0) average->bind(parameters);  // before its first update it has none
  load_training_state(file, *average, "average.");
}

template void take_mean(const Parameters<float>&, std::size_t, Team&);
template void take_mean(const Parameters<double>&, std::size_t, Team&);
template void check_options(const TrainerOptions<float>&);
template void check_options(const TrainerOptions<double>&);
template struct TrainerState<float>;
template struct TrainerState<double>;

}  // namespace unroll::inline v0::detail
