#pragma once

#include <unroll/framework/parameter.hpp>
#include <unroll/framework/tensor.hpp>
#include <unroll/framework/where.hpp>

#include <cstdint>
#include <type_traits>

namespace unroll::inline v0 {

template <class Scalar>
class Tape;

/// Where a backward rule puts the gradient of an operand. When `fresh`, the numbers are uninitialised and must all be
/// written; otherwise they hold what other uses of the operand gave, and must be added to.
template <class Scalar>
struct GradientSink {
  Scalar* data;
  bool fresh;
};

/// The numbers of an operand as rows, `stride` numbers apart. Contiguous when the stride equals the columns, unless
/// they are picked.
template <class Scalar>
struct RowBlock {
  Scalar* data;
  std::size_t stride;
  bool fresh = false;           // for gradients, as in GradientSink
  const int* picked = nullptr;  // if given, row i is row picked[i] of the data

  Scalar* row(std::size_t i) const {
    return data + (picked == nullptr ? i : static_cast<std::size_t>(picked[i])) * stride;
  }
};

/// The name of one node on one tape; copying it copies nothing else. It is valid until its tape is cleared. Every use
/// of one that is empty, or from before a clear, throws TapeError, in release builds too; so does one whose tape has
/// been destroyed and another now stands in its place. It must not be used where there is no tape any more.
template <class Scalar = float>
class Variable {
 public:
  /// Names nothing.
  Variable() = default;

  explicit operator bool() const { return tape_ != nullptr; }
  /// Whether both name the same node, or both none.
  bool is(Variable other) const {
    return tape_ == other.tape_ && index_ == other.index_ && generation_ == other.generation_;
  }

  Tape<Scalar>& tape() const;
  Shape shape() const;
  /// The numbers, until the tape is cleared.
  TensorView<const Scalar> value() const;
  /// The one number of a tensor of size 1; throws ShapeError for others.
  Scalar item() const;
  /// Whether a gradient flows through this node: it depends on a parameter or an input, and the tape records.
  bool needs_gradient() const;
  /// ∂loss/∂this, after backward; zeros when the loss does not depend on it. Kept for parameters, for inputs, and for
  /// whatever keep_gradient was called on; the memory of others serves again during the sweep. A view (reshape, slice,
  /// split) shares the gradient of what it was cut from. A parameter's may be the memory of Parameter::gradient, if
  /// backward(loss, parameters) found that empty: read it before that changes. Throws TapeError before backward, for a
  /// constant, and when the gradient has not been kept.
  TensorView<const Scalar> gradient() const;
  /// Asks for gradient() to be there after backward; to be called before ops use this node, since some send the
  /// gradient of picked rows past it. Returns this.
  Variable keep_gradient() const;

  // What follows is for those who write ops; the README shows one.

  /// The node whose numbers these are: on a nested tape, what a shared leaf or a parameter is on the tape around;
  /// otherwise this one. What an op derives from the numbers (Tape::note) is best kept there, where it lasts longer.
  Variable origin() const;

  /// The numbers of a node just recorded, to be filled in by its op. Throws TapeError for a parameter's.
  Scalar* writable() const;
  /// Attaches the rule that passes the gradient on. `rule` is called as rule() during the sweep, if a gradient has
  /// arrived at this node (or at the `outputs - 1` nodes recorded after it). It is copied into the tape and must be
  /// trivially copyable: capture Variables and numbers by value, never by reference, since it runs when the op has
  /// long returned. Does nothing when no gradient is needed. Throws TapeError when the node has a rule.
  template <class Rule>
  void on_backward(const Rule& rule, std::uint32_t outputs = 1) const;
  /// In a rule: the gradient that has arrived at this node; zeros when none has.
  const Scalar* upstream() const;
  /// For ops that send what is this node's gradient elsewhere: whether they may, since nobody asked to keep it. If so,
  /// gradient() is not there to be asked for.
  bool pass_by() const;
  /// In a rule: keeps upstream() beyond the rule, until release_gradient is called as often; for work put off by
  /// before_passing_on.
  void hold_gradient() const;
  void release_gradient() const;
  /// Has `settle` called as settle() when the sweep reaches this node, once all that uses it has been swept and before
  /// its own rule: for ops that gather what they add to its gradient. Several may
  /// be asked for, and the last one is called first. Otherwise as for on_backward.
  template <class Rule>
  void before_passing_on(const Rule& settle) const;
  /// Says that one of those who might read the numbers after the way forward will not: the rule that made them, an op
  /// that was recorded with them as an operand, or whoever recorded the op and kept this Variable. When nobody is left
  /// the gradient takes their memory, and value() throws TapeError from then on. Does nothing when they were recorded
  /// before the tape had `since` nodes: they are somebody else's.
  void forgo_value(std::size_t since = 0) const;
  /// In a rule for several outputs: whether any has.
  bool has_upstream() const;
  /// In a rule: the gradient of an operand, to be added to.
  Scalar* gradient_sum() const;
  /// In a rule: the same, spared the zeros when nothing has arrived yet. Every number must then be written.
  GradientSink<Scalar> sink() const;
  /// The value and the gradient as rows of the last axis, without copying when this is a split.
  RowBlock<const Scalar> value_rows() const;
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

/// What an op accepts beside its first operand: a Variable, a Parameter (which it puts on the tape of the first), or
/// a Tensor (a constant).
template <class Scalar>
class AnyOperand {
 public:
  AnyOperand(Variable<Scalar> variable, Where where = Where::current()) : variable_(variable), where_(where) {}
  AnyOperand(const Parameter<Scalar>& parameter, Where where = Where::current())
      : parameter_(&parameter), where_(where) {}
  /// A parameter must outlive the sweep.
  AnyOperand(Parameter<Scalar>&& temporary, Where where = Where::current()) = delete;
  AnyOperand(const Tensor<Scalar>& constant, Where where = Where::current()) : constant_(&constant), where_(where) {}

  /// This operand as a node of `tape`. Whether a Variable is of that tape is checked when the op is recorded.
  Variable<Scalar> on(Tape<Scalar>& tape) const;
  /// The line of the call that it was given to.
  Where where() const { return where_; }

 private:
  Variable<Scalar> variable_;
  const Parameter<Scalar>* parameter_ = nullptr;
  const Tensor<Scalar>* constant_ = nullptr;
  Where where_;
};

/// As a function parameter it does not take part in template deduction: the scalar comes from the first operand.
template <class Scalar>
using Operand = AnyOperand<std::type_identity_t<Scalar>>;

}  // namespace unroll::inline v0
