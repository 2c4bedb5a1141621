#pragma once

#include <unroll/framework/errors/call_site.hpp>

namespace unroll::inline v0 {

template <class Scalar>
class Tape;

/// While it lives, nodes recorded on the tape have the line `site`. Each op makes one with its caller's line, and the
/// outermost one counts: all nodes of a loss that is made of five ops have the line on which the user called the loss.
///
///     template <class Scalar>
///     Variable<Scalar> running_sum(Variable<Scalar> x, CallSite site = CallSite::current()) {
///       const CalledFrom caller(x.tape(), site);
template <class Scalar>
class CalledFrom {
 public:
  /// Sets the line, unless an outer CalledFrom has set one.
  CalledFrom(Tape<Scalar>& tape, CallSite site) : tape_(tape), outermost_(tape.called_from_.line() == 0) {
    if (outermost_) tape_.called_from_ = site;
  }
  CalledFrom(const CalledFrom&) = delete;
  CalledFrom& operator=(const CalledFrom&) = delete;
  ~CalledFrom() {
    if (outermost_) tape_.called_from_ = CallSite();
  }

 private:
  Tape<Scalar>& tape_;
  bool outermost_;
};

}  // namespace unroll::inline v0
