#pragma once

#include <unroll/framework/errors/call_site.hpp>
#include <unroll/framework/tape/parameter.hpp>
#include <unroll/framework/tensor/tensor.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace unroll::inline v0 {

template <class Scalar>
class Tape;

/// The memory in which a backward rule adds to the gradient of an operand. When `unwritten`, the numbers are
/// uninitialized and the rule must write all of them; otherwise they hold what other rules have added, and it adds.
template <class Scalar>
struct GradientSink {
  Scalar* data;    ///< The first number of the gradient.
  bool unwritten;  ///< Whether nothing has arrived.

  /// data[i] = numbers[i] when unwritten, data[i] += numbers[i] otherwise; `count` must be all numbers of the gradient.
  void add(const Scalar* numbers, std::size_t count) const {
    if (unwritten)
      std::copy_n(numbers, count, data);
    else
      for (std::size_t i = 0; i < count; ++i) data[i] += numbers[i];
  }
};

/// The numbers of an operand as rows of the last axis. They are contiguous when the stride equals the columns and no
/// rows are picked.
template <class Scalar>
struct RowBlock {
  Scalar* data;                 ///< The first number of the first row.
  std::size_t stride;           ///< Numbers from one row to the next.
  bool unwritten = false;       ///< For gradients: as in GradientSink.
  const int* picked = nullptr;  ///< If given, row i is row picked[i] of the data.

  /// The first number of row i.
  Scalar* row(std::size_t i) const {
    return data + (picked == nullptr ? i : static_cast<std::size_t>(picked[i])) * stride;
  }
};

/// The name of one node on one tape; a copy names the same node. It is valid until its tape is cleared. Every use of an
/// empty Variable, or of one from before a clear, throws TapeError, in release builds too. So does one whose tape has
/// been destroyed when another tape is at that address; where there is none, a Variable must not be used.
template <class Scalar = float>
class Variable {
 public:
  /// Names no node.
  Variable() = default;

  explicit operator bool() const { return tape_ != nullptr; }  ///< Whether it names a node.
  /// Whether both name the same node, or neither names one.
  bool is(Variable other) const {
    return tape_ == other.tape_ && index_ == other.index_ && generation_ == other.generation_;
  }

  Tape<Scalar>& tape() const;  ///< The tape that it is on.
  Shape shape() const;         ///< The shape of its value.
  /// The numbers, until the tape is cleared. Throws TapeError when the sweep has taken their memory for a gradient.
  TensorView<const Scalar> value() const;
  /// The one number of a tensor of size 1; throws ShapeError for other sizes.
  Scalar item() const;
  /// Whether a gradient flows through this node: the tape records gradients, and the node is an input or a parameter
  /// that is not frozen, or depends on one.
  bool needs_gradient() const;
  /// ∂loss/∂this, after backward; zeros when the loss does not depend on it. The tape keeps it for parameters, inputs
  /// and nodes with keep_gradient; it reuses the memory of others during the sweep. A view (reshape, slice, split) has
  /// its part of the gradient of the node that it was cut from. A parameter's may be the memory of Parameter::gradient
  /// (see Tape::backward): read it before that changes. Throws TapeError before backward, for a constant, and when the
  /// tape has not kept it.
  TensorView<const Scalar> gradient() const;
  /// Asks the tape to keep gradient() after backward. Call it before ops use this node, since some send the gradient of
  /// picked rows past it. Returns this Variable.
  Variable keep_gradient() const;

  // For authors of ops; ops/README.md shows an op.

  /// The node that owns these numbers: on a nested tape, the node on the tape around that an outer leaf or a parameter
  /// stands for; otherwise this one. Notes (Tape::note) that an op puts there last longer.
  Variable origin() const;

  /// The numbers of a node just recorded, for its op to fill in. Throws TapeError for those of a parameter.
  Scalar* writable() const;
  /// Attaches the rule that passes the gradient on. The sweep calls rule() if a gradient has arrived at this node (or
  /// at the `outputs - 1` nodes recorded after it). The tape copies the rule, which must be trivially copyable: capture
  /// Variables and numbers by value, never by reference, since the op has returned when the rule runs. Does nothing
  /// when no gradient is needed. Throws TapeError when the node has a rule.
  template <class Rule>
  void on_backward(const Rule& rule, std::uint32_t outputs = 1) const;
  /// In a rule: the gradient that has arrived at this node; zeros when none has.
  const Scalar* upstream() const;
  /// For an op that sends this node's gradient elsewhere: gives the gradient up, so that gradient() throws from now on,
  /// and returns true; false when keep_gradient was called, and the op must not.
  bool forgo_gradient() const;
  /// In a rule: keeps upstream() beyond the rule, for work that complete_gradient_with puts off.
  void hold_gradient() const;
  /// Ends one hold_gradient; after the last one the gradient's memory is reused. Throws TapeError when none is left.
  void release_gradient() const;
  /// The sweep calls settle() when it reaches this node, after all ops that use it and before its own rule: for ops
  /// that gather what they add to its gradient, which is complete then. Of several, the last one is called first.
  /// Copied as a rule is.
  template <class Rule>
  void complete_gradient_with(const Rule& settle) const;
  /// Takes one reader off the numbers, which have at first: the rule that made them, the caller who keeps this
  /// Variable, and each op recorded with them as an operand. When no reader is left the gradient takes their memory,
  /// and value() throws TapeError from then on. Does nothing when they were recorded before the tape had `since` nodes:
  /// then they are not the caller's to give up.
  void forgo_value(std::size_t since = 0) const;
  /// In a rule for several outputs: whether a gradient has arrived at this one.
  bool has_upstream() const;
  /// In a rule: the gradient of an operand, to be added to.
  Scalar* mutable_gradient() const;
  /// In a rule: the same without the zeros. When it is unwritten the rule must write every number.
  GradientSink<Scalar> gradient_sink() const;
  /// The value as rows of the last axis, without a copy when this is a split.
  RowBlock<const Scalar> value_rows() const;
  /// In a rule: the gradient in the same way, to be added to, or written when it is unwritten.
  RowBlock<Scalar> gradient_rows() const;

 private:
  friend class Tape<Scalar>;
  Variable(Tape<Scalar>* tape, std::uint32_t index, std::uint64_t generation)
      : tape_(tape), index_(index), generation_(generation) {}
  [[noreturn]] static void refuse_empty();
  [[noreturn]] static void refuse_second_rule(const char* operation);

  Tape<Scalar>* tape_ = nullptr;
  std::uint32_t index_ = 0;
  std::uint64_t generation_ = 0;
};

/// What an op accepts beside its first operand: a Variable, a Parameter (the op uses it on the tape of the first), or a
/// Tensor (a constant).
template <class Scalar>
class AnyOperand {
 public:
  /// A node of the same tape.
  AnyOperand(Variable<Scalar> variable, CallSite site = CallSite::current()) : variable_(variable), site_(site) {}
  /// A parameter, which must outlive the sweep.
  AnyOperand(const Parameter<Scalar>& parameter, CallSite site = CallSite::current())
      : parameter_(&parameter), site_(site) {}
  /// Deleted: a parameter must outlive the sweep.
  AnyOperand(Parameter<Scalar>&& temporary, CallSite site = CallSite::current()) = delete;
  /// A constant, which the tape copies.
  AnyOperand(const Tensor<Scalar>& constant, CallSite site = CallSite::current()) : constant_(&constant), site_(site) {}

  /// This operand as a node of `tape`. The tape checks that a Variable is its own when it records the op.
  Variable<Scalar> on(Tape<Scalar>& tape) const;
  /// The line of the call that took this operand.
  CallSite site() const { return site_; }

 private:
  Variable<Scalar> variable_;
  const Parameter<Scalar>* parameter_ = nullptr;
  const Tensor<Scalar>* constant_ = nullptr;
  CallSite site_;
};

/// As a function parameter it does not take part in template deduction: the scalar comes from the first operand.
template <class Scalar>
using Operand = AnyOperand<std::type_identity_t<Scalar>>;

}  // namespace unroll::inline v0
