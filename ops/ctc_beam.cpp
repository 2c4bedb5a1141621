#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/ctc_beam.hpp>
#include <unroll/ops/kernels/ctc_lattice.hpp>
#include <unroll/ops/kernels/index_errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace unroll::inline v0 {

using detail::log_of_sum;

namespace {

constexpr double ruled_out = detail::no_probability;
constexpr int no_symbol = -1;
constexpr auto no_prefix = static_cast<std::size_t>(-1);
constexpr std::size_t empty_prefix = 0;  // the prefix without symbols

void expect_score(const char* name, double score) {
  if (std::isnan(score) || score == -ruled_out)
    throw NumericalError(fmt::format("CtcBeam: {} gave {}, expected a number or -infinity", name, score));
}

}  // namespace

CtcBeam::CtcBeam(CtcBeamOptions options) : options_(std::move(options)) {
  if (options_.width == 0) throw ArgumentError("CtcBeam: width is 0, expected at least 1");
  if (options_.blank < 0) throw ArgumentError(fmt::format("CtcBeam: blank is {}, expected a class", options_.blank));
  prefixes_.push_back({no_prefix, no_symbol, 0, no_prefix, no_prefix, 0, no_prefix});
  kept_.push_back({empty_prefix, 0, ruled_out});
}

void CtcBeam::read(std::span<const float> logits) { read_step(logits); }
void CtcBeam::read(std::span<const double> logits) { read_step(logits); }

template <class Scalar>
void CtcBeam::read_step(std::span<const Scalar> logits) {
  normalize(logits);
  candidates_.clear();
  find_same();
  for (const Kept& kept : kept_) find_longer(kept);
  keep_best();
}

template <class Scalar>
void CtcBeam::normalize(std::span<const Scalar> logits) {
  if (!log_probabilities_.empty() && logits.size() != log_probabilities_.size())
    throw ShapeError(fmt::format("CtcBeam: a step of V={} logits, expected V={} as before", logits.size(),
                                 log_probabilities_.size()));
  if (!detail::is_index(options_.blank, logits.size()))
    throw ArgumentError(
        fmt::format("CtcBeam: blank is {}, expected one of the V={} classes of a step", options_.blank, logits.size()));
  double largest = ruled_out, sum = 0;
  for (std::size_t v = 0; v < logits.size(); ++v) {
    const auto logit = static_cast<double>(logits[v]);
    if (std::isnan(logit) || logit == -ruled_out)
      throw NumericalError(fmt::format("CtcBeam: logit {} is {}, expected a number or -infinity", v, logit));
    largest = std::max(largest, logit);
  }
  if (largest == ruled_out)
    throw NumericalError(fmt::format("CtcBeam: all {} logits of a step are -infinity", logits.size()));
  for (const Scalar logit : logits) sum += std::exp(static_cast<double>(logit) - largest);
  log_probabilities_.resize(logits.size());
  const double log_sum = std::log(sum);
  for (std::size_t v = 0; v < logits.size(); ++v)
    log_probabilities_[v] = static_cast<double>(logits[v]) - largest - log_sum;
}

/// The log probability of the alignments of a kept prefix that the step takes to the one with this symbol behind it: a
/// symbol that equals the last one begins only after a blank.
double CtcBeam::extended(const Kept& kept, int symbol) const {
  const double before = symbol == prefixes_[kept.prefix].symbol ? kept.blank : log_of_sum(kept.blank, kept.symbol);
  return before + log_probabilities_[static_cast<std::size_t>(symbol)];
}

/// The prefixes that stay as they are: by a blank, by their last symbol again, or because the prefix that is shorter by
/// that symbol is kept too and comes to it.
void CtcBeam::find_same() {
  const double of_blank = log_probabilities_[static_cast<std::size_t>(options_.blank)];
  for (const Kept& kept : kept_) {
    const Prefix& prefix = prefixes_[kept.prefix];
    Kept next{kept.prefix, log_of_sum(kept.blank, kept.symbol) + of_blank, ruled_out};
    if (prefix.symbol != no_symbol) {
      next.symbol = kept.symbol + log_probabilities_[static_cast<std::size_t>(prefix.symbol)];
      if (const std::size_t shorter = prefixes_[prefix.parent].kept; shorter != no_prefix)
        next.symbol = log_of_sum(next.symbol, extended(kept_[shorter], prefix.symbol));
    }
    const double rank = log_of_sum(next.blank, next.symbol) + prefix.score;
    if (rank != ruled_out) candidates_.push_back({next, no_symbol, prefix.score, rank});
  }
}

void CtcBeam::find_longer(const Kept& kept) {
  const double* const scores = scores_behind(kept.prefix);
  const Prefix& prefix = prefixes_[kept.prefix];
  is_kept_.assign(log_probabilities_.size(), 0);
  for (std::size_t child = prefix.first_child; child != no_prefix; child = prefixes_[child].next_sibling)
    if (prefixes_[child].kept != no_prefix) is_kept_[static_cast<std::size_t>(prefixes_[child].symbol)] = 1;
  for (int symbol = 0; symbol < static_cast<int>(log_probabilities_.size()); ++symbol) {
    if (symbol == options_.blank || is_kept_[static_cast<std::size_t>(symbol)] != 0) continue;
    const double probability = extended(kept, symbol);
    const double score = prefix.score + (scores == nullptr ? 0 : scores[symbol]);
    if (probability + score != ruled_out)
      candidates_.push_back({{kept.prefix, ruled_out, probability}, symbol, score, probability + score});
  }
}

/// The scores of all symbols behind a prefix, asked for once; none when there is no function.
const double* CtcBeam::scores_behind(std::size_t prefix) {
  if (!options_.score) return nullptr;
  const std::size_t classes = log_probabilities_.size();
  if (prefixes_[prefix].symbol_scores == no_prefix) {
    const std::vector<int> symbols = symbols_of(prefix);
    const std::size_t first = symbol_scores_.size();
    symbol_scores_.resize(first + classes, ruled_out);
    for (int symbol = 0; symbol < static_cast<int>(classes); ++symbol) {
      if (symbol == options_.blank) continue;
      const double score = options_.score(symbols, symbol);
      expect_score("score", score);
      symbol_scores_[first + static_cast<std::size_t>(symbol)] = score;
    }
    prefixes_[prefix].symbol_scores = first;
  }
  return symbol_scores_.data() + prefixes_[prefix].symbol_scores;
}

void CtcBeam::keep_best() {
  const auto is_better = [this](std::size_t a, std::size_t b) {
    return candidates_[a].rank != candidates_[b].rank ? candidates_[a].rank > candidates_[b].rank : a < b;
  };
  order_.resize(candidates_.size());
  for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = i;
  const std::size_t count = std::min(options_.width, order_.size());
  std::partial_sort(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(count), order_.end(), is_better);
  for (const Kept& kept : kept_) prefixes_[kept.prefix].kept = no_prefix;
  kept_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    const Candidate& best = candidates_[order_[i]];
    Kept kept = best.kept;
    if (best.symbol != no_symbol) kept.prefix = child_of(kept.prefix, best.symbol, best.score);
    prefixes_[kept.prefix].kept = kept_.size();
    kept_.push_back(kept);
  }
}

/// The prefix with a symbol behind it, the same again when it was left before: its own longer ones may still go on.
std::size_t CtcBeam::child_of(std::size_t prefix, int symbol, double score) {
  for (std::size_t child = prefixes_[prefix].first_child; child != no_prefix; child = prefixes_[child].next_sibling)
    if (prefixes_[child].symbol == symbol) return child;
  const std::size_t added = prefixes_.size();
  prefixes_.push_back({prefix, symbol, score, no_prefix, prefixes_[prefix].first_child, no_prefix, no_prefix});
  return prefixes_[prefix].first_child = added;
}

std::vector<int> CtcBeam::symbols_of(std::size_t prefix) const {
  std::vector<int> symbols;
  for (; prefix != empty_prefix; prefix = prefixes_[prefix].parent) symbols.push_back(prefixes_[prefix].symbol);
  std::reverse(symbols.begin(), symbols.end());
  return symbols;
}

std::vector<CtcHypothesis> CtcBeam::hypotheses() const {
  std::vector<CtcHypothesis> result;
  for (const Kept& kept : kept_) {
    std::vector<int> symbols = symbols_of(kept.prefix);
    const double of_end = options_.end_score ? options_.end_score(symbols) : 0;
    expect_score("end_score", of_end);
    const double probability = log_of_sum(kept.blank, kept.symbol);
    if (of_end != ruled_out)
      result.push_back({std::move(symbols), probability, probability + prefixes_[kept.prefix].score + of_end});
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const CtcHypothesis& a, const CtcHypothesis& b) { return a.score > b.score; });
  return result;
}

}  // namespace unroll::inline v0
