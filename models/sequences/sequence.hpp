#pragma once

#include <unroll/ops/lengths.hpp>
#include <unroll/ops/over_time.hpp>

#include <algorithm>

namespace unroll::inline v0 {

/// Sequences of different lengths side by side, for ops that pool over time: sequence n is the first lengths[n] steps
/// of data[:, n], and no op reads the padding beyond. Lengths are from 0 to T, in any order. The constructor copies
/// them to the tape of the data, so the caller's may be a temporary.
template <class Scalar = float>
struct Sequence {
  Variable<Scalar> data;  ///< [T, N, D]
  Lengths lengths;        ///< [N], in the tape's memory; empty: all are T

  Sequence() = default;
  /// Copies the lengths. Throws TapeError when the Variable is empty or its tape has been cleared.
  Sequence(Variable<Scalar> sequences, Lengths of_each) : data(sequences) {
    const auto kept = data.tape().template scratch<std::size_t>(of_each.size());
    std::copy(of_each.begin(), of_each.end(), kept.begin());
    lengths = kept;
  }
};

/// The mean over the steps of each sequence, [N, D], as in over_time.hpp.
template <class Scalar>
Variable<Scalar> mean_over_time(const Sequence<Scalar>& x, CallSite site = CallSite::current()) {
  return mean_over_time(x.data, x.lengths, site);
}
/// The largest numbers over the steps of each sequence, [N, D], as in over_time.hpp.
template <class Scalar>
Variable<Scalar> max_over_time(const Sequence<Scalar>& x, CallSite site = CallSite::current()) {
  return max_over_time(x.data, x.lengths, site);
}
/// The last step of each sequence, [N, D], as in over_time.hpp.
template <class Scalar>
Variable<Scalar> last_over_time(const Sequence<Scalar>& x, CallSite site = CallSite::current()) {
  return last_over_time(x.data, x.lengths, site);
}

}  // namespace unroll::inline v0
