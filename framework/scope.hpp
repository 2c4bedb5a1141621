#pragma once

#include <unroll/framework/tape.hpp>

#include <optional>

namespace unroll::inline v0 {

/// While it lives, what is recorded on the tape belongs to this scope: summaries and anomalies name it. unroll makes
/// one for each run of a cell, Layers one for each layer, and a model of yours may make others:
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
                 Where where = Where::current())
      : Scope(tape, name, number.value_or(Ledger::none), nullptr, where) {
    if (number == Ledger::none) Ledger::refuse("Scope", "number");
  }
  /// One without a name, that only says where from: the line of a call of run.
  Scope(Tape<Scalar>& tape, Where where) : Scope(tape, nullptr, Ledger::none, nullptr, where) {}
  /// The run of a cell over a sequence, whose steps tape.begin_step(t) counts. Several runs of one cell in the same
  /// recording are counted together.
  static Scope sequence(Tape<Scalar>& tape, const void* cell, const char* name = nullptr) {
    return Scope(tape, name, Ledger::none, cell, Where());
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() {
    if (tape_.ledger().clears() == clears_) tape_.ledger().leave(tape_.size(), before_);
  }

 private:
  Scope(Tape<Scalar>& tape, const char* name, std::size_t number, const void* cell, Where where)
      : tape_(tape), before_(tape.ledger().position()), clears_(tape.ledger().clears()) {
    tape.ledger().enter(tape.size(), name, number, cell, where);
  }

  Tape<Scalar>& tape_;
  Ledger::Position before_;
  std::size_t clears_;
};

}  // namespace unroll::inline v0
