#include "character_model/training.hpp"

#include "character_model/measure.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <numbers>

namespace character_model {

namespace {

/// Characters between two evaluations. An evaluation costs a third of training on the same text: training on ten times
/// the text in between keeps evaluation to a thirtieth of the time.
std::uint64_t evaluation_interval(const TrainOptions& options, std::size_t validation) {
  const std::uint64_t chosen = options.evaluate_every.value_or(std::max<std::uint64_t>(100000, 10 * validation));
  return chosen == 0 ? std::numeric_limits<std::uint64_t>::max() : chosen;
}

std::string signal_name(int number) { return number == SIGINT ? "SIGINT" : number == SIGHUP ? "SIGHUP" : "SIGTERM"; }

}  // namespace

template <class Model>
Training<Model>::Training(const TrainOptions& options, const Description& description, const Split& parts, Model& model,
                          unroll::Team& team)
    : options_(options),
      description_(description),
      parts_(parts),
      model_(model),
      team_(team),
      streams_(parts.training, options.batch, options.truncation().chunk()),
      learner_(model, streams_, team,
               {.optimizer = options.optimizer, .clip = options.clip, .truncation = options.truncation()},
               unroll::Random(options.seed).split(1)),
      schedule_(unroll::make_schedule(options.schedule, options.learning_rate)),
      next_evaluation_(evaluation_interval(options, parts.validation.size())) {}

template <class Model>
TrainingReport Training<Model>::run() {
  begin_ = Clock::now();
  try {
    do step();
    while (goes_on());
    if (signal() != 0) progress_.say(fmt::format("{}: the step is finished; keeping the model", signal_name(signal())));
    if (last_evaluation_ != learner_.characters()) evaluate();
  } catch (const unroll::NumericalError& error) {
    throw unroll::NumericalError(
        fmt::format("{}; {}", error.what(),
                    kept_ ? fmt::format("the best model so far is in {}", unroll::quoted(options_.model))
                          : "no model has been kept"));
  }
  if (!keeping_failed_.empty()) throw unroll::IoError(keeping_failed_);
  return report();
}

template <class Model>
bool Training<Model>::goes_on() const {
  const bool patient = options_.patience == 0 || evaluations_without_progress_ < options_.patience;
  return signal() == 0 && patient && fraction_spent(options_.budget, spent()) < 1;
}

template <class Model>
Spent Training<Model>::spent() const {
  const double characters = static_cast<double>(learner_.characters());
  return {.epochs = characters / static_cast<double>(streams_.characters()),
          .characters = learner_.characters(),
          .seconds = seconds()};
}

template <class Model>
void Training<Model>::step() {
  loss_.add(learner_.learn(schedule_.rate(fraction_spent(options_.budget, spent()))));
  if (learner_.characters() >= next_evaluation_) evaluate();
  if (progress_.due(seconds())) progress_.show(progress_state(), seconds());
}

template <class Model>
void Training<Model>::evaluate() {
  const double begin = seconds();
  last_evaluation_ = learner_.characters();
  next_evaluation_ = last_evaluation_ + evaluation_interval(options_, parts_.validation.size());
  if (parts_.validation.empty())
    keep();
  else
    judge(measure(team_, model_, parts_.validation, EvaluateOptions{}.batch, options_.steps).loss);
  evaluation_seconds_ += seconds() - begin;
}

template <class Model>
void Training<Model>::judge(double loss) {
  schedule_.observe(loss);
  const bool better = loss < best_loss_;
  evaluations_without_progress_ = better ? 0 : evaluations_without_progress_ + 1;
  const bool kept = better && keep();
  if (kept) best_loss_ = loss;
  const std::string remark = kept     ? ", the best so far"
                             : better ? ", better than before, but the model was not saved"
                                      : fmt::format("; the best is {:.4f}", best_loss_);
  progress_.say(fmt::format("{:3.0f} %  held-out loss {:.4f} nats, {:.4f} bits/char{}",
                            100 * std::min(1.0, fraction_spent(options_.budget, spent())), loss,
                            loss / std::numbers::ln2, remark));
}

/// Saves the model; on failure it prints a message, and the next evaluation tries again.
template <class Model>
bool Training<Model>::keep() {
  try {
    save_model(options_.model, model_, description_);
    kept_ = true;
    keeping_failed_.clear();
  } catch (const unroll::IoError& error) {
    keeping_failed_ = error.what();
    progress_.say(fmt::format("warning: the model is not kept: {}", error.what()));
  }
  return keeping_failed_.empty();
}

template <class Model>
unroll::ProgressState Training<Model>::progress_state() const {
  const double done = std::min(1.0, fraction_spent(options_.budget, spent()));
  return {.progress = done,
          .epoch = spent().epochs,
          .loss = loss_.value(),
          .items_per_second = static_cast<double>(learner_.characters()) / training_seconds(),
          .seconds_left = done > 0 ? seconds() * (1 - done) / done : -1};
}

template <class Model>
TrainingReport Training<Model>::report() const {
  TrainingReport report{.validation_loss = {},
                        .training_loss = loss_.value(),
                        .characters = learner_.characters(),
                        .updates = learner_.updates(),
                        .k1 = options_.truncation().k1,
                        .k2 = options_.truncation().k2,
                        .parameters = learner_.parameter_count(),
                        .epochs = spent().epochs,
                        .seconds = seconds(),
                        .characters_per_second = static_cast<double>(learner_.characters()) / training_seconds(),
                        .model = options_.model,
                        .ended_by = "patience"};
  if (!parts_.validation.empty()) report.validation_loss = best_loss_;
  if (fraction_spent(options_.budget, spent()) >= 1) report.ended_by = "budget";
  if (signal() != 0) report.ended_by = signal_name(signal());
  return report;
}

template class Training<Rnn>;
template class Training<Lstm>;
template class Training<Gru>;

}  // namespace character_model
