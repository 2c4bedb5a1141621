#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/sizes.hpp>
#include <unroll/ops/sampling.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace unroll::inline v0 {

template <class Scalar>
Tensor<Scalar> bernoulli(const Random& random, TensorView<const Scalar> probabilities) {
  Tensor<Scalar> chosen(probabilities.shape());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (!(probabilities[i] >= 0 && probabilities[i] <= 1))
      throw ArgumentError(
          fmt::format("bernoulli: {} at {} of {}, expected a probability in [0, 1] (are these logits? sigmoid makes "
                      "probabilities of them)",
                      probabilities[i], index_text(chosen.shape(), i), to_string(chosen.shape())));
    chosen[i] = random.uniform(i) < static_cast<double>(probabilities[i]) ? 1 : 0;
  }
  return chosen;
}

namespace {

constexpr double greedy_below = 1e-6;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// A token's logit, in place of its probability.
template <class Scalar>
Candidate with_logit(std::span<const Scalar> logits, std::size_t token) {
  const auto logit = static_cast<double>(logits[token]);
  if (!(logit < infinity))
    throw NumericalError(
        fmt::format("sampling: the logit of token {} is {}, expected a number or -infinity (are the model's weights "
                    "damaged, or has it diverged?)",
                    token, logit));
  return {static_cast<int>(token), logit};
}

/// A lambda, which sorting can inline.
constexpr auto is_likelier = [](const Candidate& a, const Candidate& b) {
  return a.probability != b.probability ? a.probability > b.probability : a.token < b.token;
};

/// How many candidates to sort after so many: more at once, since most draws need few of many.
std::size_t more_than(std::size_t sorted) { return std::max<std::size_t>(2 * sorted, 256); }

}  // namespace

CategoricalSampler::CategoricalSampler(const Sampling& sampling, const Random& random)
    : sampling_(sampling), random_(random) {
  expect_in("sampling", "temperature", sampling.temperature, not_negative);
  expect_in("sampling", "top_p", sampling.top_p, {.high = 1, .open_low = true});
}

/// Puts the likeliest `count` candidates in front, in order.
void CategoricalSampler::sort_first(std::size_t count) {
  count = std::min(count, candidates_.size());
  if (count <= sorted_) return;
  const auto unsorted = candidates_.begin() + static_cast<std::ptrdiff_t>(sorted_);
  if (count == candidates_.size())
    std::sort(unsorted, candidates_.end(), is_likelier);
  else
    std::partial_sort(unsorted, unsorted + static_cast<std::ptrdiff_t>(count - sorted_), candidates_.end(),
                      is_likelier);
  sorted_ = count;
}

void CategoricalSampler::keep_likeliest(std::size_t count) {
  sort_first(count);
  candidates_.resize(std::min(count, candidates_.size()));
  sorted_ = std::min(sorted_, candidates_.size());
}

/// Keeps the fewest candidates that reach top_p of the sum of all; at least one.
void CategoricalSampler::keep_nucleus() {
  double sum = 0, reached = 0;
  for (const auto& candidate : candidates_) sum += candidate.probability;
  std::size_t count = 0;
  while (count < candidates_.size() && (count == 0 || reached < sampling_.top_p * sum)) {
    if (count == sorted_) sort_first(more_than(sorted_));
    reached += candidates_[count++].probability;
  }
  keep_likeliest(count);
}

template <class Scalar>
void CategoricalSampler::find_candidates(std::span<const Scalar> logits) {
  if (logits.empty()) throw ArgumentError("sampling: no logits given, expected one for each of at least 1 token");
  candidates_.clear();
  sorted_ = 0;
  detail::make_room("sampling", candidates_, logits.size());
  for (std::size_t token = 0; token < logits.size(); ++token) candidates_.push_back(with_logit(logits, token));
  const bool greedy = sampling_.temperature <= greedy_below;
  if (greedy || sampling_.top_k > 0)
    keep_likeliest(greedy ? 1 : sampling_.top_k);
  else
    sort_first(more_than(0));

  const double largest = candidates_.front().probability, temperature = greedy ? 1 : sampling_.temperature;
  if (largest == -infinity)
    throw NumericalError(
        fmt::format("sampling: all {} logits are -infinity, expected one token that may be chosen", logits.size()));
  // e^(logit - largest): the largest is 1, so that nothing overflows.
  for (auto& candidate : candidates_) candidate.probability = std::exp((candidate.probability - largest) / temperature);
  if (sampling_.top_p < 1) keep_nucleus();
  double sum = 0;
  for (const auto& candidate : candidates_) sum += candidate.probability;
  for (auto& candidate : candidates_) candidate.probability /= sum;
}

int CategoricalSampler::chosen(std::uint64_t position) {
  double left = random_.uniform(position);
  int token = candidates_.front().token;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (i == sorted_) sort_first(more_than(sorted_));
    if (candidates_[i].probability == 0) break;  // rounding: the probabilities may sum to a little less than 1
    token = candidates_[i].token;
    if ((left -= candidates_[i].probability) < 0) break;
  }
  return token;
}

std::span<const Candidate> CategoricalSampler::in_order() {
  sort_first(candidates_.size());
  while (candidates_.back().probability == 0) candidates_.pop_back();
  return candidates_;
}

int CategoricalSampler::draw(std::span<const float> logits, std::uint64_t position) {
  find_candidates(logits);
  return chosen(position);
}
int CategoricalSampler::draw(std::span<const double> logits, std::uint64_t position) {
  find_candidates(logits);
  return chosen(position);
}
std::span<const Candidate> CategoricalSampler::distribution(std::span<const float> logits) {
  find_candidates(logits);
  return in_order();
}
std::span<const Candidate> CategoricalSampler::distribution(std::span<const double> logits) {
  find_candidates(logits);
  return in_order();
}

template <class Scalar>
Tensor<int> categorical(const Random& random, TensorView<const Scalar> logits, const Sampling& sampling) {
  const Shape shape = logits.shape();
  if (shape.rank() == 0 || shape.back() == 0 || shape.back() > std::numeric_limits<int>::max())
    throw ShapeError(fmt::format("categorical: logits {} given, expected [..., V] with V from 1 to {}",
                                 to_string(shape), std::numeric_limits<int>::max()));
  CategoricalSampler sampler(sampling, random);
  Tensor<int> tokens(shape.without(shape.rank() - 1));
  for (std::size_t row = 0; row < tokens.size(); ++row)
    tokens[row] = sampler.draw(logits.values().subspan(row * shape.back(), shape.back()), row);
  return tokens;
}

#define UNROLL_INSTANTIATE(Scalar)                                            \
  template Tensor<Scalar> bernoulli(const Random&, TensorView<const Scalar>); \
  template Tensor<int> categorical(const Random&, TensorView<const Scalar>, const Sampling&);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0
