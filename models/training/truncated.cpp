#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/training/truncated.hpp>

#include <fmt/format.h>

#include <limits>
#include <numeric>

namespace unroll::inline v0 {

std::size_t Truncation::chunk() const {
  if (k1 == 0 || k2 == 0)
    throw ArgumentError(fmt::format(
        "truncation: k1 = {} and k2 = {} given, expected at least 1 each (every k1 steps, back over k2 steps)", k1,
        k2));
  return std::gcd(k1, k2);
}

template <class Scalar>
TruncatedBackpropagation<Scalar>::TruncatedBackpropagation(const Truncation& truncation)
    : truncation_(truncation), chunk_(truncation.chunk()) {}

template <class Scalar>
void TruncatedBackpropagation<Scalar>::reset() {
  state_.reset();
  first_ = count_ = steps_ = unswept_ = 0;
  ended_ = false;
}

template <class Scalar>
void TruncatedBackpropagation<Scalar>::begin_from(CarriedState<Scalar> state, std::size_t steps) {
  if (steps % chunk_ != 0)
    throw ArgumentError(fmt::format("begin_from: after {} given, expected a multiple of the chunk of {}",
                                    counted(steps, "step"), chunk_));
  reset();
  state_ = std::move(state);
  steps_ = steps;
}

// ---- recording -----------------------------------------------------------------------------------------------------

template <class Scalar>
void TruncatedBackpropagation<Scalar>::expect_chunk(std::size_t steps) const {
  if (due())
    throw TapeError(
        fmt::format("record: a sweep is due after {} (call backward(parameters) when due())", counted(steps_, "step")));
  if (steps_ % chunk_ != 0)
    throw ArgumentError(
        fmt::format("record: {} after a chunk of {}, and only the last of a sequence may have fewer than {} (was "
                    "end_sequence() forgotten?)",
                    counted(steps, "step"), steps_ % chunk_, chunk_));
  if (steps == 0 || steps > chunk_)
    throw ArgumentError(
        fmt::format("record: a chunk of {} given, expected {}, the greatest common divisor of k1 = {} and k2 = {}, "
                    "or fewer at the end of a sequence",
                    counted(steps, "step"), chunk_, truncation_.k1, truncation_.k2));
  if (steps > std::numeric_limits<std::size_t>::max() - steps_)
    throw ArgumentError(
        fmt::format("record: a chunk of {} steps given after {}, more in all than can be counted (was the number of "
                    "steps computed as -1?)",
                    steps, steps_));
}

/// An empty chunk after the others; end_chunk counts it. A full ring gives up its oldest chunk.
template <class Scalar>
auto TruncatedBackpropagation<Scalar>::begin_chunk(std::size_t steps) -> Chunk& {
  if (ended_ && unswept_ == 0) reset();
  expect_chunk(steps);
  if (count_ == most_chunks()) {
    first_ = (first_ + 1) % chunks_.size();
    --count_;
  }
  if (count_ == chunks_.size()) chunks_.emplace_back();  // only in the first sequences, when first_ is 0
  Chunk& chunk = chunk_at(count_);
  chunk.tape.clear();
  chunk.tape.set_repeatable(windows_overlap());
  chunk.before.clear(), chunk.after.clear();
  chunk.injected = false;
  return chunk;
}

template <class Scalar>
void TruncatedBackpropagation<Scalar>::end_chunk(Chunk& chunk, std::size_t steps) {
  if (chunk.loss.shape().size() != 1)
    throw ShapeError(fmt::format("record: the loss of a chunk has shape {}, expected one number (take its sum or mean)",
                                 to_string(chunk.loss.shape())));
  ++count_;
  steps_ += steps;
  unswept_ += steps;
}

// ---- the way back --------------------------------------------------------------------------------------------------

/// Where the gradient enters a chunk: at its loss, the first time it is swept, and at its last state, with the gradient
/// that the sweep of the next chunk has found there.
template <class Scalar>
std::span<const Seed<Scalar>> TruncatedBackpropagation<Scalar>::seeds_of(std::size_t index) {
  static constexpr Scalar one{1};
  const Chunk& chunk = chunk_at(index);
  seeds_.clear();
  if (!chunk.injected && chunk.loss.needs_gradient()) seeds_.push_back({chunk.loss, {&one, chunk.loss.shape()}});
  if (index + 1 == count_) return seeds_;
  const Chunk& next = chunk_at(index + 1);
  for (std::size_t i = 0; i < chunk.after.size(); ++i)
    if (chunk.after[i].needs_gradient()) seeds_.push_back({chunk.after[i], next.before[i].gradient()});
  return seeds_;
}

template <class Scalar>
void TruncatedBackpropagation<Scalar>::expect_due() const {
  if (!due())
    throw TapeError(
        fmt::format("backward: nothing is due: {} of k1 = {} steps have been recorded since the last sweep (ask due(), "
                    "and call end_sequence() after the last chunk)",
                    unswept_, truncation_.k1));
}

template <class Scalar>
void TruncatedBackpropagation<Scalar>::sweep(const Parameters<Scalar>& parameters) {
  expect_due();
  for (std::size_t index = count_; index-- > 0;) {
    Tape<Scalar>& tape = chunk_at(index).tape;
    tape.forget_gradients();
    const auto seeds = seeds_of(index);
    seeds.empty() ? tape.sweep_unseeded() : tape.backward(seeds);
  }
  end_window(parameters);
}

template <class Scalar>
void TruncatedBackpropagation<Scalar>::pass_over(const Parameters<Scalar>& parameters) {
  expect_due();
  end_window(parameters);
}

template <class Scalar>
void TruncatedBackpropagation<Scalar>::end_window(const Parameters<Scalar>& parameters) {
  if (windows_overlap() && !ended_) keep_weights(parameters);
  for (std::size_t index = 0; index < count_; ++index) chunk_at(index).injected = true;
  unswept_ = 0;
  if (ended_) state_.reset();  // what follows has no past
}

/// The chunks recorded since the last sweep will be swept again, after an update, so they read copies of the weights
/// from now on. All chunks but the oldest may stay in the window; they were recorded before at most `updates` different
/// updates, and each of these has one copy.
template <class Scalar>
void TruncatedBackpropagation<Scalar>::keep_weights(const Parameters<Scalar>& parameters) {
  const std::size_t updates = (truncation_.k2 - 2 * chunk_) / truncation_.k1 + 1;
  const auto latest = [&]() -> auto& { return weights_[(weights_taken_ - 1) % updates]; };
  if (weights_taken_ == 0 || !latest().are_of(parameters)) {
    if (weights_taken_ == weights_.size() && weights_.size() < updates) weights_.emplace_back();
    ++weights_taken_;
    latest().take(parameters);
  }
  for (std::size_t index = 0; index < count_; ++index)
    if (Chunk& chunk = chunk_at(index); !chunk.injected) chunk.tape.read_from(latest());
}

template <class Scalar>
void TruncatedBackpropagation<Scalar>::backward(const Parameters<Scalar>& parameters) {
  sweep(parameters);
  for (std::size_t index = 0; index < count_; ++index) add_gradients(tape(index), parameters);
}

template <class Scalar>
std::size_t TruncatedBackpropagation<Scalar>::bytes() const {
  std::size_t sum = 0;
  for (const Chunk& chunk : chunks_) sum += chunk.tape.bytes();
  for (const auto& weights : weights_) sum += weights.bytes();
  return sum;
}

template <class Scalar>
std::size_t TruncatedBackpropagation<Scalar>::capacity() const {
  std::size_t sum = 0;
  for (const Chunk& chunk : chunks_) sum += chunk.tape.capacity();
  for (const auto& weights : weights_) sum += weights.bytes();
  return sum;
}

template class TruncatedBackpropagation<float>;
template class TruncatedBackpropagation<double>;

}  // namespace unroll::inline v0
