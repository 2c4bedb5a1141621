#pragma once

#include <unroll/framework/arena.hpp>
#include <unroll/framework/module.hpp>
#include <unroll/framework/variable.hpp>

#include <cstring>
#include <initializer_list>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

namespace unroll::inline v0 {

/// What a tape keeps: values and the rules for the way back, or values alone (inference).
enum class Recording { gradients, values };

/// An output and the gradient that is put in there: what backward starts from when the loss is not one number.
template <class Scalar>
struct Seed {
  Variable<Scalar> output;
  TensorView<const Scalar> cotangent;
};

/// A list of nodes in recording order, and the memory they live in. Recording order is a topological order, so
/// backward is one reverse loop: no recursion, however long the sequence. Cleared and recorded again with the same
/// shapes it allocates nothing. One thread at a time; different tapes may be used by different threads.
template <class Scalar = float>
class Tape {
 public:
  explicit Tape(Recording recording = Recording::gradients);
  // Variables point at their tape.
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  /// Data that gets no gradient. Copied.
  Variable<Scalar> constant(TensorView<const Scalar> value);
  /// Zeros that get no gradient.
  Variable<Scalar> zeros(const Shape& shape);
  /// Data that gets a gradient. Copied.
  Variable<Scalar> input(TensorView<const Scalar> value);
  /// A parameter's leaf on this tape, one for all its uses. The value is not copied, and what ops derive from it is
  /// kept: using it again after it has changed, or sweeping then, throws TapeError until the tape is cleared.
  Variable<Scalar> use(const Parameter<Scalar>& parameter);

  /// Computes ∂loss/∂x for every node x that the loss depends on. Throws ShapeError unless the loss is one number, and
  /// TapeError for a second sweep of the same recording.
  void backward(Variable<Scalar> loss);
  /// The same for Σ outputs · cotangents: a product of vector and Jacobian.
  void backward(std::span<const Seed<Scalar>> seeds);
  void backward(std::initializer_list<Seed<Scalar>> seeds) { backward(std::span(seeds.begin(), seeds.size())); }
  /// The gradient that backward found for a parameter; nullptr when it was not used, is frozen, or got none.
  const Scalar* gradient_of(const Parameter<Scalar>& parameter) const;
  /// Whether a parameter has been used since the last clear.
  bool uses(const Parameter<Scalar>& parameter) const;

  /// Forgets every node and keeps the memory. Variables of before are stale from now on.
  void clear();

  std::size_t size() const { return nodes_.size(); }
  /// Bytes of values, gradients and rules now on the tape and those nested in it, and bytes that they hold from the
  /// heap.
  std::size_t bytes() const;
  std::size_t capacity() const;
  bool records_gradients() const { return recording_ == Recording::gradients; }

  // What follows is for those who write ops.

  /// A new node with room for its value. Throws TapeError when an input is empty, stale or of another tape, or when
  /// the tape has been swept. `operation` must be a literal.
  Variable<Scalar> record(const char* operation, const Shape& shape, std::span<const Variable<Scalar>> inputs);
  Variable<Scalar> record(const char* operation, const Shape& shape, std::initializer_list<Variable<Scalar>> inputs) {
    return record(operation, shape, std::span(inputs.begin(), inputs.size()));
  }
  /// A node that shares the numbers of `of`, from `offset` on, and their gradient. Throws ShapeError beyond its end.
  Variable<Scalar> view(const char* operation, Variable<Scalar> of, std::size_t offset, const Shape& shape);
  /// Columns [first, first + count) of the last axis of `of`. Ops that go by rows read and write them in place; for
  /// others they are copied when first asked for. Throws ShapeError when there are not so many.
  Variable<Scalar> columns(const char* operation, Variable<Scalar> of, std::size_t first, std::size_t count);
  /// Uninitialised memory until the tape is cleared.
  template <class Type>
  requires std::is_trivially_copyable_v<Type> std::span<Type> scratch(std::size_t count) {
    return {static_cast<Type*>(arena_.allocate(count * sizeof(Type))), count};
  }
  /// A tape of an op of its own, which records there, on the way forward or in its rule, what it does not want to keep:
  /// no other asks for the same one until this tape is cleared, and then it is empty. It and its memory belong to this
  /// tape. Parameters used on it are this tape's, and their gradients arrive here.
  Tape& nested(Recording recording);
  /// On a nested tape: a leaf that shares the numbers of a node of the tape around it, from `offset` on, and hands its
  /// gradient over to it. Throws TapeError for a node of another tape, and ShapeError beyond the node's end.
  Variable<Scalar> borrow(Variable<Scalar> of, std::size_t offset, const Shape& shape);
  /// A Note that stays with the node until the tape is cleared, begun as Note{}: what an op derives from a value once
  /// and needs at every use of it, such as a weight in another layout. Each type of note has its own.
  template <class Note>
  requires std::is_trivially_copyable_v<Note> Note& note(Variable<Scalar> of);

 private:
  friend class Variable<Scalar>;

  // Notes of a node are a list in the arena, told apart by the address of a variable that each type has.
  struct AnyNote {
    const void* type;
    AnyNote* next;
  };
  template <class Note>
  struct TypedNote : AnyNote {
    static constexpr char type_name = 0;
    Note note;
  };

  enum class Kind : std::uint8_t { plain, parameter, view, columns };
  struct Node {
    const char* operation;
    Shape shape;
    Scalar* value;     // nullptr: columns that have not been copied
    Scalar* gradient;  // nullptr: nothing has arrived
    void (*rule)(const void* capture);
    const void* capture;
    AnyNote* notes;
    std::size_t offset;     // view, columns, borrowed: where in the root's numbers they begin
    std::uint32_t root;     // view, columns: the node that owns the numbers; borrowed: it is of the tape around
    std::uint32_t outputs;  // how many nodes from this one on the rule speaks for
    Kind kind;
    bool needs_gradient;
    bool borrowed = false;
  };
  struct Leaf {
    const Parameter<Scalar>* parameter;
    std::uint32_t index;
    std::uint64_t version;  // of the parameter when it was first used
  };

  const Node& node(Variable<Scalar> variable) const;
  Node& node(Variable<Scalar> variable) { return const_cast<Node&>(std::as_const(*this).node(variable)); }
  Variable<Scalar> push(const Node& node);
  Variable<Scalar> push_borrowed(const char* operation, Kind kind, Variable<Scalar> of, std::size_t offset,
                                 const Shape& shape);
  Variable<Scalar> push_leaf(const char* operation, const Shape& shape, Scalar* value, bool needs_gradient,
                             Kind kind = Kind::plain);
  void expect_unchanged(const char* operation, const Leaf& leaf) const;
  void expect_recording(const char* operation) const;
  Scalar* numbers(std::size_t count) { return scratch<Scalar>(count).data(); }
  Scalar* value_of(Node& node);
  Scalar* gradient_sum_of(Node& node);
  void start_sweep();
  void sweep();
  TensorView<const Scalar> gradient_after_sweep(Node& node);
  typename std::vector<Leaf>::const_iterator find_leaf(const Parameter<Scalar>& parameter) const;

  Recording recording_;
  bool swept_ = false;
  std::uint64_t generation_;
  std::vector<Node> nodes_;
  std::vector<Leaf> leaves_;  // sorted by address: a map would allocate at every step
  Arena arena_;
  Tape* around_ = nullptr;  // the tape that this one is nested in
  std::vector<std::unique_ptr<Tape>> nested_;
  std::size_t nested_in_use_ = 0;
};

template <class Scalar>
template <class Rule>
void Variable<Scalar>::on_backward(const Rule& rule, std::uint32_t outputs) const {
  static_assert(std::is_trivially_copyable_v<Rule> && std::is_trivially_destructible_v<Rule>,
                "a backward rule is kept in the tape's arena: capture Variables and numbers by value, no containers");
  auto& node = tape().node(*this);
  if (!node.needs_gradient) return;
  void* const capture = tape_->arena_.allocate(sizeof(Rule));
  std::memcpy(capture, static_cast<const void*>(&rule), sizeof(Rule));
  node.capture = capture;
  node.rule = [](const void* captured) { (*static_cast<const Rule*>(captured))(); };
  node.outputs = outputs;
}

template <class Scalar>
template <class Note>
requires std::is_trivially_copyable_v<Note> Note& Tape<Scalar>::note(Variable<Scalar> of) {
  using Typed = TypedNote<Note>;
  AnyNote*& notes = node(of).notes;
  for (AnyNote* known = notes; known != nullptr; known = known->next)
    if (known->type == &Typed::type_name) return static_cast<Typed*>(known)->note;
  auto* const added = new (scratch<Typed>(1).data()) Typed{{&Typed::type_name, notes}, {}};
  notes = added;
  return added->note;
}

/// Sweeps the loss's tape and adds what it finds to the gradients of the parameters. Throws TapeError when the tape
/// has used none of them: a copy of a module has parameters of its own.
template <class Scalar>
void backward(Variable<Scalar> loss, const Parameters<std::type_identity_t<Scalar>>& parameters);

/// Adds the gradients that a swept tape holds to those of the parameters. With one tape a thread, calling this tape by
/// tape gives the same sum on every run.
template <class Scalar>
void add_gradients(const Tape<Scalar>& tape, const Parameters<std::type_identity_t<Scalar>>& parameters);

extern template class Variable<float>;
extern template class Variable<double>;
extern template class AnyOperand<float>;
extern template class AnyOperand<double>;
extern template class Tape<float>;
extern template class Tape<double>;

}  // namespace unroll::inline v0
