#pragma once

#include <unroll/framework/tape/tape.hpp>

#include <optional>

namespace unroll::inline v0 {

/// While it lives, nodes recorded on the tape belong to this scope, and summaries and anomalies name it. `run` makes
/// one for each sequence, Layers one for each layer, and your model may make others:
///
///     const Scope decoder(tape, "decoder");
///     const auto decoded = run(cell, inputs, {.state = state});     // "decoder, step 17"
///
/// Scopes end in the reverse order of their beginning, as blocks do.
template <class Scalar>
class Scope {
 public:
  /// `name` is a literal. Layers are called "layer", and numbered from 0. Throws ArgumentError for number -1.
  explicit Scope(Tape<Scalar>& tape, const char* name, std::optional<std::size_t> number = {},
                 CallSite site = CallSite::current())
      : Scope(tape, name, number.value_or(ScopeLog::none), nullptr, site) {
    if (number == ScopeLog::none) ScopeLog::refuse("Scope", "number");
  }
  /// One without a name, that has only the line of a call of run.
  Scope(Tape<Scalar>& tape, CallSite site) : Scope(tape, nullptr, ScopeLog::none, nullptr, site) {}
  /// The run of a cell over a sequence, whose steps tape.begin_step(t) counts. The tape adds up the steps of several
  /// runs of one cell (`cell` is its address) in a recording.
  static Scope sequence(Tape<Scalar>& tape, const void* cell, const char* name = nullptr) {
    return Scope(tape, name, ScopeLog::none, cell, CallSite());
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() {
    if (tape_.scope_log().clears() == clears_) tape_.scope_log().leave(tape_.size(), before_);
  }

 private:
  Scope(Tape<Scalar>& tape, const char* name, std::size_t number, const void* cell, CallSite site)
      : tape_(tape), before_(tape.scope_log().position()), clears_(tape.scope_log().clears()) {
    tape.scope_log().enter(tape.size(), name, number, cell, site);
  }

  Tape<Scalar>& tape_;
  ScopeLog::Position before_;
  std::size_t clears_;
};

}  // namespace unroll::inline v0
