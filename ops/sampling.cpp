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

template <class Scalar>
double logit_of(std::span<const Scalar> logits, std::size_t token) {
  const auto logit = static_cast<double>(logits[token]);
  if (!(logit < infinity))
    throw NumericalError(
        fmt::format("sampling: the logit of token {} is {}, expected a number or -infinity (are the model's weights "
                    "damaged, or has it diverged?)",
                    token, logit));
  return logit;
}

/// A lambda, which sorting can inline.
constexpr auto is_likelier = [](const auto& a, const auto& b) {
  return a.score != b.score ? a.score > b.score : a.token < b.token;
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
  count = std::min(count, scored_.size());
  if (count <= sorted_) return;
  const auto unsorted = scored_.begin() + static_cast<std::ptrdiff_t>(sorted_);
  if (count == scored_.size())
    std::sort(unsorted, scored_.end(), is_likelier);
  else
    std::partial_sort(unsorted, unsorted + static_cast<std::ptrdiff_t>(count - sorted_), scored_.end(), is_likelier);
  sorted_ = count;
}

void CategoricalSampler::keep_likeliest(std::size_t count) {
  sort_first(count);
  scored_.resize(std::min(count, scored_.size()));
  sorted_ = std::min(sorted_, scored_.size());
}

/// Keeps the fewest candidates that reach top_p of the sum of all; at least one.
void CategoricalSampler::keep_nucleus() {
  double sum = 0, reached = 0;
  for (const auto& one : scored_) sum += one.score;
  std::size_t count = 0;
  while (count < scored_.size() && (count == 0 || reached < sampling_.top_p * sum)) {
    if (count == sorted_) sort_first(more_than(sorted_));
    reached += scored_[count++].score;
  }
  keep_likeliest(count);
}

template <class Scalar>
void CategoricalSampler::find_candidates(std::span<const Scalar> logits) {
  if (logits.empty()) throw ArgumentError("sampling: no logits given, expected one for each of at least 1 token");
  scored_.clear();
  sorted_ = 0;
  detail::make_room("sampling", scored_, logits.size());
  for (std::size_t token = 0; token < logits.size(); ++token)
    scored_.push_back({.token = static_cast<int>(token), .score = logit_of(logits, token)});
  const bool greedy = sampling_.temperature <= greedy_below;
  if (greedy || sampling_.top_k > 0)
    keep_likeliest(greedy ? 1 : sampling_.top_k);
  else
    sort_first(more_than(0));

  const double largest = scored_.front().score, temperature = greedy ? 1 : sampling_.temperature;
  if (largest == -infinity)
    throw NumericalError(
        fmt::format("sampling: all {} logits are -infinity, expected one token that may be chosen", logits.size()));
  // e^(logit - largest): the largest is 1, so that nothing overflows.
  for (auto& one : scored_) one.score = std::exp((one.score - largest) / temperature);
  if (sampling_.top_p < 1) keep_nucleus();
  double sum = 0;
  for (const auto& one : scored_) sum += one.score;
  for (auto& one : scored_) one.score /= sum;
}

int CategoricalSampler::chosen(std::uint64_t position) {
  double left = random_.uniform(position);
  int token = scored_.front().token;
  for (std::size_t i = 0; i < scored_.size(); ++i) {
    if (i == sorted_) sort_first(more_than(sorted_));
    if (scored_[i].score == 0) break;  // rounding: the probabilities may sum to a little less than 1
    token = scored_[i].token;
    if ((left -= scored_[i].score) < 0) break;
  }
  return token;
}

std::span<const Candidate> CategoricalSampler::in_order() {
  sort_first(scored_.size());
  while (scored_.back().score == 0) scored_.pop_back();
  candidates_.clear();
  detail::make_room("sampling", candidates_, scored_.size());
  for (const auto& one : scored_) candidates_.push_back({.token = one.token, .probability = one.score});
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
