#pragma once

#include <unroll/ops/lengths.hpp>
#include <unroll/ops/over_time.hpp>

namespace unroll::inline v0 {

/// Sequences of different lengths side by side: sequence n is the first lengths[n] steps of data[:, n], and what lies
/// beyond is not looked at. Lengths are from 0 to T, in any order, and are read when an op is called: they must live so
/// long. It is what pools over time take.
template <class Scalar = float>
struct Sequence {
  Variable<Scalar> data;  // [T, N, D]
  Lengths lengths;        // [N]; none: all are T
};
template <class Scalar>
Sequence(Variable<Scalar>, Lengths) -> Sequence<Scalar>;

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
