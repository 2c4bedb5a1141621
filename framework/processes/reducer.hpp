#pragma once

#include <unroll/framework/processes/communicator.hpp>
#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/threads/batch_part.hpp>
#include <unroll/framework/threads/gradient_sum.hpp>
#include <unroll/framework/threads/team.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace unroll::inline v0 {

/// In which order gradients are summed over several processes.
enum class SumOrder {
  /// Over the fixed tree of the parts: the same bits for any number of processes and threads.
  fixed,
  /// As fast as the transport can: the bits depend on the number of processes.
  fast
};

/// Shares out the parts of each batch among the threads of a team and the processes of a communicator, and sums what
/// they have found. For a training loop of one's own; a Trainer has one. Processes have as few sums to exchange as can
/// be when both the parts and the processes are a power of two.
///
///     Reducer<> reducer(8, team, communicator);
///     std::vector<Tape<>> tapes(reducer.own_parts().count);
///     reducer.for_each_part([&](BatchPart part, std::size_t own) {  // `own` counts the parts of this process from 0
///       record_and_sweep(part, tapes[own]);
///     });
///     reducer.add_gradients(tapes, parameters);  // the same sum in all processes
///     optimizer.update(parameters);
///
/// Every process has a model of its own with the same weights, and calls the same functions in the same order.
template <class Scalar = float>
class Reducer {
 public:
  /// Keeps a reference to the team. Throws ArgumentError for 0 parts.
  Reducer(std::size_t parts, Team& team, Communicator communicator = {}, SumOrder order = SumOrder::fixed);

  std::size_t parts() const { return parts_; }                        ///< The parts of a batch.
  const Communicator& communicator() const { return communicator_; }  ///< Those that it was given.
  /// The parts of this process, one after the other: as many as the others have, or one more or less. None, where there
  /// are fewer parts than processes.
  BatchPart::Range own_parts() const { return range_of(communicator_.process()); }

  /// Calls work(part, own) for each part of this process, where `own` counts them from 0; the threads of the team share
  /// them out. Throws as Team::run does.
  template <class Work>
  void for_each_part(const Work& work) const {
    const auto [first, count] = own_parts();
    team_.run([&](std::size_t member) {
      for (std::size_t own = member; own < count; own += team_.size()) work(BatchPart{first + own, parts_}, own);
    });
  }

  /// values[i] is that of part i: each process gives those of its own parts, and has all afterwards. Throws
  /// ArgumentError unless there is one for each.
  template <Sendable Value>
  void gather(std::span<Value> values) const {
    expect_parts(values.size());
    for (std::size_t p = 0; p < communicator_.processes(); ++p) {
      const auto [first, count] = range_of(p);
      bytes_[p] = std::as_writable_bytes(values.subspan(first, count));
    }
    communicator_.gather_bytes(bytes_);
  }

  /// Adds the gradients of all parts, in all processes, to those of the parameters. `tapes` are those of the own parts,
  /// in their order, as add_gradients takes them (gradient_sum.hpp). Where there are several processes, its first call
  /// takes memory for three times the gradients, or, for numbers that are no powers of two, a few more. Throws
  /// TapeError, and changes nothing, when a tape has not been swept.
  template <class Tapes>
  void add_gradients(const Tapes& tapes, const Parameters<Scalar>& parameters) {
    add(detail::tapes_of_parts<Scalar>(tapes), parameters);
  }

 private:
  /// Numbers [first, first + count) of all parameters that have a gradient, one after the other.
  struct Chunk {
    std::size_t first, count;
  };

  BatchPart::Range range_of(std::size_t process) const {
    return BatchPart{process, communicator_.processes()}.range_of(parts_);
  }
  void add(const detail::TapesOfParts<Scalar>& tapes, const Parameters<Scalar>& parameters);
  void lay_out(const Parameters<Scalar>& parameters);
  void sum_own_subtrees(const detail::TapesOfParts<Scalar>& tapes, const Parameters<Scalar>& parameters);
  void exchange_subtrees();
  void sum_own_chunk();
  void gather_chunks();
  void add_sum(const Parameters<Scalar>& parameters);
  void exchange_presence(const detail::TapesOfParts<Scalar>& tapes, const Parameters<Scalar>& parameters);
  std::vector<detail::PartTree> subtrees_of(std::size_t process) const;
  template <class Work>
  void for_each_piece(std::size_t member, const Parameters<Scalar>& parameters, Chunk chunk, const Work& work) const;
  std::size_t size_of(const Parameters<Scalar>& parameters, std::size_t k) const;
  void expect_parts(std::size_t values) const;

  std::size_t parts_;
  Team& team_;
  Communicator communicator_;
  SumOrder order_;
  mutable std::vector<std::span<std::byte>> bytes_;      // of each process
  std::vector<Chunk> chunks_;                            // of the sum; process p adds up chunk p
  std::vector<std::vector<detail::PartTree>> subtrees_;  // of each process
  std::vector<std::vector<Scalar>> sent_, received_;     // to and from each process: its chunk, subtree by subtree
  std::vector<std::span<const std::byte>> to_;
  std::vector<Scalar> sum_;                       // of all parts
  std::vector<std::uint8_t> present_, presents_;  // which parameters have a gradient: here, in each process
};

}  // namespace unroll::inline v0
