#pragma once

#include <unroll/framework/errors/sizes.hpp>
#include <unroll/framework/tape/parameter_copies.hpp>
#include <unroll/models/sequences/carried_state.hpp>

#include <cstddef>
#include <deque>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

/// Truncated backpropagation through time, BPTT(k1, k2): after every k1 steps the gradient goes back over the last k2.
/// k1 = k2 cuts a sequence into windows. With k1 < k2 windows overlap, and the gradient of every loss goes back
/// k2 - k1 + 1 steps or more. With k1 > k2 the steps between windows run, but nothing is learned from them.
struct Truncation {
  std::size_t k1 /**< steps between sweeps */, k2 /**< steps that a sweep goes back */;

  /// The greatest common divisor of both, the number of steps that are recorded together: no sweep begins or ends
  /// within them. A larger chunk is faster; best is a k2 that is a multiple of k1. Throws ArgumentError for a k of 0.
  std::size_t chunk() const;
};

/// Truncated backpropagation through time over a sequence that is recorded once, chunk by chunk, in memory that does
/// not grow with it (Williams and Peng 1990, "An efficient gradient-based algorithm for on-line training of recurrent
/// network trajectories": BPTT(h; h') with h = k2, h' = k1).
///
///     TruncatedBackpropagation<> truncated({.k1 = 16, .k2 = 64});
///     for (std::size_t piece = 0; piece < pieces; ++piece) {  // of truncated.chunk() steps; the last may be shorter
///       truncated.record(model.cell, N, inputs[piece].shape()[0], [&](Tape<>& tape, const auto& state) {
///         const auto [outputs, next] = run(model.cell, tape.constant(inputs[piece]), {.state = state});
///         return std::pair{cross_entropy(model.output(outputs), targets[piece]), next};
///       });
///       if (piece + 1 == pieces) truncated.end_sequence();
///       if (truncated.due()) truncated.backward(parameters), optimizer.update(parameters);
///     }
///
/// At a multiple t of k1 the sweep adds the losses of steps (t - k1, t], each exactly once, and goes back to step
/// t - k2 + 1; with k1 > k2 the losses of earlier steps are dropped. No step runs forward twice: a step that was
/// recorded before an update keeps the values and the weights of its recording, and gets the gradient at these. At the
/// end of a sequence the remaining steps are a window too; when its last chunk is shorter, the window goes back over
/// the whole chunks that fit into k2 steps.
///
/// The state is carried from chunk to chunk as numbers, so there is nothing to detach. The work may be any model of any
/// depth whose state for_each_variable visits. It may use checkpoints only when windows do not overlap and are one
/// chunk (k1 a multiple of k2). Parameters may change after backward and before the next record, and nowhere else. The
/// object keeps the tapes of k2 steps, and a copy of the weights before each update that the steps reach back over.
/// After the first windows it allocates nothing. It can be moved but not copied; one thread at a time may use it.
template <class Scalar = float>
class TruncatedBackpropagation {
 public:
  /// Throws ArgumentError for a k of 0.
  explicit TruncatedBackpropagation(const Truncation& truncation);
  TruncatedBackpropagation(TruncatedBackpropagation&&) = default;
  TruncatedBackpropagation& operator=(TruncatedBackpropagation&&) = default;

  const Truncation& truncation() const { return truncation_; }  ///< k1 and k2, as given.
  /// How many steps record expects.
  std::size_t chunk() const { return chunk_; }
  /// How many steps of this sequence have been recorded: the first_step of the next chunk, for run and dropout.
  std::size_t steps() const { return steps_; }

  /// Records the next `steps` steps: calls work(tape, state), which must return {loss, next state}, a pair or a plain
  /// struct. The loss is one number, the sum of the losses of these steps; record returns its value. The state is one
  /// of `model`, which makes the first one; `batch` is N. Throws ArgumentError for another number of steps than
  /// chunk(), except fewer at the end of a sequence; TapeError when a sweep is due; ShapeError for a loss of several
  /// numbers. When the work throws, the sequence is forgotten as by reset().
  template <Recurrent Model, class Work>
  Scalar record(const Model& model, std::size_t batch, std::size_t steps, const Work& work);
  /// Ends the sequence: its steps that no sweep has reached are due, and the next record begins a new sequence with the
  /// model's first state.
  void end_sequence() { ended_ = true; }
  /// Forgets the sequence, swept or not.
  void reset();
  /// Forgets the sequence, and goes on after `steps` steps of one, from this state: the next record gets it, and no
  /// gradient goes back past it. Throws ArgumentError unless `steps` is a multiple of chunk().
  void begin_from(CarriedState<Scalar> state, std::size_t steps = 0);

  /// Whether a sweep is due: k1 steps have been recorded since the last one, or any in a sequence that has ended.
  bool due() const { return unswept_ > 0 && (unswept_ == truncation_.k1 || ended_); }
  /// Sweeps the window and adds its gradient to those of the parameters, which must be all that an update may change:
  /// every parameter that the model has used and that is not frozen. Throws TapeError when nothing is due, and when a
  /// parameter has changed since the recording or is missing.
  void backward(const Parameters<Scalar>& parameters);
  /// Sweeps the window without adding to the parameters, for threads that split a batch and have an object each:
  /// add_gradients(swept_tapes(...)) adds afterwards. Throws as backward does.
  void sweep(const Parameters<Scalar>& parameters);
  /// In place of backward where a sweep has been made before: a replay of steps that later windows go back over, as
  /// when a training is resumed. Throws as backward does.
  void pass_over(const Parameters<Scalar>& parameters);
  /// The state after the last chunk, from which the caller may replay the next one; none when the sequence has ended.
  const CarriedState<Scalar>& state() const { return state_; }
  /// How many tapes the swept window has.
  std::size_t tape_count() const { return count_; }
  /// A tape of the swept window, the latest first, for gradient_of. Throws ArgumentError when there is none of this
  /// index.
  const Tape<Scalar>& tape(std::size_t index) const {
    detail::expect_index("TruncatedBackpropagation", "tape", index, count_);
    return chunk_at(count_ - 1 - index).tape;
  }

  std::size_t bytes() const;     ///< Bytes in use on the tapes and in copies of weights.
  std::size_t capacity() const;  ///< Bytes that the tapes and the copies hold from the heap.

 private:
  struct Chunk {
    Tape<Scalar> tape;
    Variable<Scalar> loss;
    std::vector<Variable<Scalar>> before, after;  // the states
    bool injected;                                // the loss has been swept
  };

  // The ring of chunks, 0 being the oldest.
  Chunk& chunk_at(std::size_t index) { return chunks_[(first_ + index) % chunks_.size()]; }
  const Chunk& chunk_at(std::size_t index) const { return chunks_[(first_ + index) % chunks_.size()]; }
  std::size_t most_chunks() const { return truncation_.k2 / chunk_; }
  bool windows_overlap() const { return most_chunks() > 1; }

  Chunk& begin_chunk(std::size_t steps);
  void end_chunk(Chunk& chunk, std::size_t steps);
  void expect_chunk(std::size_t steps) const;
  std::span<const Seed<Scalar>> seeds_of(std::size_t index);
  void keep_weights(const Parameters<Scalar>& parameters);
  void expect_due() const;
  void end_window(const Parameters<Scalar>& parameters);

  Truncation truncation_;
  std::size_t chunk_;
  std::deque<Chunk> chunks_;  // tapes do not move
  std::size_t first_ = 0, count_ = 0;
  CarriedState<Scalar> state_;
  std::size_t steps_ = 0, unswept_ = 0;
  bool ended_ = false;
  std::vector<Seed<Scalar>> seeds_;
  std::deque<ParameterCopies<Scalar>> weights_;  // of the latest updates, a ring too
  std::size_t weights_taken_ = 0;
};

template <class Scalar>
template <Recurrent Model, class Work>
Scalar TruncatedBackpropagation<Scalar>::record(const Model& model, std::size_t batch, std::size_t steps,
                                                const Work& work) {
  Chunk& chunk = begin_chunk(steps);
  try {
    const auto before = windows_overlap() ? state_.resume_with_gradient(model, chunk.tape, batch)
                                          : state_.resume(model, chunk.tape, batch);
    const auto [loss, after] = work(chunk.tape, before);
    for_each_variable(before, [&](const auto& variable) { chunk.before.push_back(variable); });
    for_each_variable(after, [&](const auto& variable) { chunk.after.push_back(variable); });
    state_.keep(after);
    chunk.loss = loss;
    end_chunk(chunk, steps);
    return loss.item();
  } catch (...) {
    reset();
    throw;
  }
}

/// The swept tapes of several TruncatedBackpropagations, in their order, as one range:
///
///     add_gradients(swept_tapes(shards | std::views::transform(&Shard::truncated)), parameters, team);
///
/// adds the gradients of all, with the same sum on every run.
template <std::ranges::random_access_range Windows>
class SweptTapes {
 public:
  /// Use swept_tapes instead.
  explicit SweptTapes(Windows windows) : windows_(std::move(windows)) {}

  /// How many tapes there are.
  std::size_t size() const {
    std::size_t sum = 0;
    for (const auto& window : windows_) sum += window.tape_count();
    return sum;
  }
  /// The tape of this index. Throws ArgumentError when there are fewer.
  const auto& operator[](std::size_t index) const {
    auto window = windows_.begin();
    std::size_t left = index;
    for (; window != windows_.end() && left >= (*window).tape_count(); ++window) left -= (*window).tape_count();
    if (window == windows_.end()) detail::refuse_index("SweptTapes", "tape", index, size());
    return (*window).tape(left);
  }

 private:
  Windows windows_;
};

/// The swept tapes of a range of TruncatedBackpropagations, for add_gradients.
template <std::ranges::viewable_range Windows>
auto swept_tapes(Windows&& windows) {
  return SweptTapes(std::views::all(std::forward<Windows>(windows)));
}

extern template class TruncatedBackpropagation<float>;
extern template class TruncatedBackpropagation<double>;

}  // namespace unroll::inline v0
