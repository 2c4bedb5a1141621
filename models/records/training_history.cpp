#include <unroll/models/records/training_history.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

namespace {

std::string json_of(const ThinnedSeries& series) {
  std::string json;
  for (const ThinnedSpan& span : series.spans())
    if (span.finite + span.other > 0)
      json += fmt::format("{}[{},{},{:.9g},{:.9g},{:.9g},{:.9g}]", json.empty() ? "" : ",\n", span.finite, span.other,
                          span.update, span.mean, span.low, span.high);
  return '[' + json + ']';
}

std::optional<ThinnedSpan> span_of(const nlohmann::json& json) {
  if (!json.is_array() || json.size() != 6 || !json[0].is_number_unsigned() || !json[1].is_number_unsigned())
    return std::nullopt;
  for (std::size_t i = 2; i < 6; ++i)
    if (!json[i].is_number()) return std::nullopt;
  ThinnedSpan span{
      .finite = json[0], .other = json[1], .update = json[2], .mean = json[3], .low = json[4], .high = json[5]};
  const bool whole = span.update >= 0 && span.update < 9e18 && span.finite + span.other > 0 && span.finite < 1U << 30U
                     && std::isfinite(span.mean) && span.low <= span.high;
  return whole ? std::optional(span) : std::nullopt;
}

std::string json_of(const std::optional<BestEvaluation>& best) {
  return best ? fmt::format("[{},{:.9g}]", best->update, best->loss) : "null";
}

/// The best evaluation, if it was until an update.
std::optional<BestEvaluation> best_of(const nlohmann::json& json, std::uint64_t last) {
  if (!json.is_array() || json.size() != 2 || !json[0].is_number_unsigned() || !json[1].is_number())
    return std::nullopt;
  const BestEvaluation best{.loss = json[1], .update = json[0]};
  return best.update <= last && std::isfinite(best.loss) ? std::optional(best) : std::nullopt;
}

/// The best evaluation as far as a series tells it: its update is the mean of those of its span.
std::optional<BestEvaluation> best_of(const ThinnedSeries& losses) {
  std::optional<BestEvaluation> best;
  for (const ThinnedSpan& span : losses.spans())
    if (span.finite > 0 && (!best || span.low < best->loss))
      best = {.loss = span.low, .update = static_cast<std::uint64_t>(span.update)};
  return best;
}

/// The spans of a series whose updates are, in the mean, until an update; none if one of them is not whole.
std::optional<std::vector<ThinnedSpan>> spans_of(const nlohmann::json& json, std::uint64_t last) {
  if (!json.is_array()) return std::nullopt;
  std::vector<ThinnedSpan> spans;
  for (const nlohmann::json& one : json) {
    const auto span = span_of(one);
    if (!span) return std::nullopt;
    if (span->update <= static_cast<double>(last)) spans.push_back(*span);
  }
  return spans;
}

}  // namespace

TrainingHistory::TrainingHistory(const TrainingStart& start)
    : start_(start),
      loss_(start.update),
      held_out_loss_(start.update),
      learning_rate_(start.update),
      gradient_norm_(start.update),
      skipped_(start.update),
      latest_{.update = start.update, .epoch = start.epoch, .seconds = start.seconds, .progress = start.progress} {}

void TrainingHistory::add(const UpdateRecord& record) {
  loss_.add(record.update, record.loss);
  learning_rate_.add(record.update, record.learning_rate);
  if (!std::isnan(record.gradient_norm) || record.skipped) gradient_norm_.add(record.update, record.gradient_norm);
  if (record.skipped) skipped_.add(record.update, 1);
  latest_ = record;
  items_ += record.items;
}

void TrainingHistory::add(const EvaluationRecord& record) {
  held_out_loss_.add(record.update, record.loss);
  if (std::isfinite(record.loss) && (!best_ || record.loss < best_->loss))
    best_ = {.loss = record.loss, .update = record.update};
  evaluation_seconds_ += std::max(record.seconds - latest_.seconds, 0.0);
  latest_.epoch = record.epoch, latest_.seconds = record.seconds, latest_.progress = record.progress;
}

double TrainingHistory::items_per_second() const {
  const double seconds = latest_.seconds - start_.seconds - evaluation_seconds_;
  return seconds > 0 ? static_cast<double>(items_) / seconds : 0;
}

std::string TrainingHistory::to_json() const {
  return fmt::format(
      "{{\"training_history\": 1,\n\"best\": {},\n\"loss\": {},\n\"held_out_loss\": {},\n\"learning_rate\": {},\n"
      "\"gradient_norm\": {},\n\"skipped\": {}}}\n",
      json_of(best_), json_of(loss_), json_of(held_out_loss_), json_of(learning_rate_), json_of(gradient_norm_),
      json_of(skipped_));
}

TrainingHistory TrainingHistory::resumed(const TrainingStart& start, std::string_view text) {
  TrainingHistory history(start);
  const auto is_shallow = [](int depth, nlohmann::json::parse_event_t, const nlohmann::json&) { return depth <= 3; };
  const auto json = nlohmann::json::parse(text, is_shallow, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("training_history", nlohmann::json()) != 1) return history;
  const std::array<std::pair<const char*, ThinnedSeries*>, 5> parts{{{"loss", &history.loss_},
                                                                     {"held_out_loss", &history.held_out_loss_},
                                                                     {"learning_rate", &history.learning_rate_},
                                                                     {"gradient_norm", &history.gradient_norm_},
                                                                     {"skipped", &history.skipped_}}};
  for (const auto& [name, series] : parts) {
    const auto spans = spans_of(json.value(name, nlohmann::json()), start.update);
    if (!spans) return TrainingHistory(start);
    *series = ThinnedSeries(0);
    for (const ThinnedSpan& span : *spans) series->add(span);
  }
  history.best_ = best_of(json.value("best", nlohmann::json()), start.update);
  if (!history.best_) history.best_ = best_of(history.held_out_loss_);
  return history;
}

}  // namespace unroll::inline v0
