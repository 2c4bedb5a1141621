#pragma once

#include <unroll/ops/lengths.hpp>
#include <unroll/ops/over_time.hpp>

#include <algorithm>

namespace unroll::inline v0 {

/// Sequences of different lengths side by side: sequence n is the first lengths[n] steps of data[:, n], and what lies
/// beyond is not looked at. Lengths are from 0 to T, in any order. They are copied to the tape, so that those given may
/// be a temporary, and last as long as the data. It is what pools over time take.
template <class Scalar = float>
struct Sequence {
  Variable<Scalar> data;  // [T, N, D]
  Lengths lengths;        // [N]; none: all are T

  Sequence() = default;
  /// Throws TapeError when the Variable is empty or its tape has been cleared.
  Sequence(Variable<Scalar> sequences, Lengths of_each) : data(sequences) {
    const auto kept = data.tape().template scratch<std::size_t>(of_each.size());
    std::copy(of_each.begin(), of_each.end(), kept.begin());
    lengths = kept;
  }
};

/// One row for each sequence, [N, D], as in over_time.hpp.
template <class Scalar>
Variable<Scalar> mean_over_time(const Sequence<Scalar>& x, Where where = Where::current()) {
  return mean_over_time(x.data, x.lengths, where);
}
template <class Scalar>
Variable<Scalar> max_over_time(const Sequence<Scalar>& x, Where where = Where::current()) {
  return max_over_time(x.data, x.lengths, where);
}
template <class Scalar>
Variable<Scalar> last_over_time(const Sequence<Scalar>& x, Where where = Where::current()) {
  return last_over_time(x.data, x.lengths, where);
}

}  // namespace unroll::inline v0
