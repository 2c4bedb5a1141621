#pragma once

#include <unroll/framework/where.hpp>

namespace unroll::inline v0 {

template <class Scalar>
class Tape;

/// While it lives, what is recorded on the tape is reported with the line `where`. Each op makes one of its caller's
/// line, so that a loss that is made of five ops points to the line that asked for the loss: the outermost one counts.
///
///     template <class Scalar>
///     Variable<Scalar> running_sum(Variable<Scalar> x, Where where = Where::current()) {
///       const CalledFrom caller(x.tape(), where);
template <class Scalar>
class CalledFrom {
 public:
  CalledFrom(Tape<Scalar>& tape, Where where) : tape_(tape), outermost_(tape.called_from_.line() == 0) {
    if (outermost_) tape_.called_from_ = where;
  }
  CalledFrom(const CalledFrom&) = delete;
  CalledFrom& operator=(const CalledFrom&) = delete;
  ~CalledFrom() {
    if (outermost_) tape_.called_from_ = Where();
  }

 private:
  Tape<Scalar>& tape_;
  bool outermost_;
};

}  // namespace unroll::inline v0
