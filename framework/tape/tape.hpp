#pragma once

#include <unroll/framework/memory/arena.hpp>
#include <unroll/framework/memory/free_lists.hpp>
#include <unroll/framework/tape/anomaly.hpp>
#include <unroll/framework/tape/called_from.hpp>
#include <unroll/framework/tape/internal/tape_node.hpp>
#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/tape/scope_log.hpp>
#include <unroll/framework/tape/tape_summary.hpp>
#include <unroll/framework/tape/variable.hpp>

#include <functional>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

template <class Scalar>
class ParameterCopies;

/// What a tape keeps.
enum class Recording {
  gradients,  ///< Values and the backward rules.
  values      ///< Values alone, for inference: nothing on the tape needs a gradient.
};

/// Which value to look for, in recording order: the first that is not finite, or the first NaN.
enum class Nonfinite { first, first_nan };

/// An output and its cotangent, from which backward starts when the loss is not one number.
template <class Scalar>
struct Seed {
  Variable<Scalar> output;             ///< Of any shape; needs a gradient.
  TensorView<const Scalar> cotangent;  ///< ∂loss/∂output, of the same shape.
};

/// A list of nodes in recording order, and the memory they live in. Recording order is a topological order, so
/// backward is one reverse loop: no recursion, however long the sequence. A tape that is cleared and records the same
/// shapes again allocates nothing. One thread uses a tape at a time; different threads may use different tapes.
///
/// Calls that record throw TapeError after backward, forget_gradients and read_from, until clear; ArgumentError for a
/// shape with more numbers than memory can be counted in; Error when the machine has no memory for them.
template <class Scalar = float>
class Tape {
 public:
  /// An empty tape.
  explicit Tape(Recording recording = Recording::gradients);
  // Variables point at their tape.
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  /// Records a copy of data that gets no gradient.
  Variable<Scalar> constant(TensorView<const Scalar> value, CallSite site = CallSite::current());
  /// Records zeros that get no gradient.
  Variable<Scalar> zeros(const Shape& shape, CallSite site = CallSite::current());
  /// Records a copy of data that gets a gradient.
  Variable<Scalar> input(TensorView<const Scalar> value, CallSite site = CallSite::current());
  /// A parameter's leaf on this tape, one for all its uses. The tape does not copy the value, and ops keep what they
  /// derive from it: once it has changed, moved or gone, use and backward throw TapeError until the tape is cleared.
  Variable<Scalar> use(const Parameter<Scalar>& parameter, CallSite site = CallSite::current());
  /// Deleted: a parameter must outlive the sweep.
  Variable<Scalar> use(Parameter<Scalar>&& temporary, CallSite site = CallSite::current()) = delete;

  /// Computes ∂loss/∂x for every node x that the loss depends on. Throws ShapeError unless the loss is one number, and
  /// TapeError for a second sweep, a loss of another tape, one that needs no gradient, or a parameter that has changed.
  void backward(Variable<Scalar> loss);
  /// The same for Σ outputs · cotangents, a vector-Jacobian product. Throws ArgumentError for no seeds.
  void backward(std::span<const Seed<Scalar>> seeds);
  /// The same for a list: `tape.backward({{output, cotangent}})`.
  void backward(std::initializer_list<Seed<Scalar>> seeds) { backward(std::span(seeds.begin(), seeds.size())); }
  /// The same from a loss, and adds what it finds to the gradients of the parameters. Where a parameter's gradient is
  /// empty the sweep writes into it at once; gradient_of then points there, and changes with the Parameter's gradient.
  void backward(Variable<Scalar> loss, const Parameters<Scalar>& parameters);
  /// The gradient that backward found for a parameter; nullptr when it was not used, is frozen, or got none. Throws
  /// TapeError before backward.
  const Scalar* gradient_of(const Parameter<Scalar>& parameter) const;
  bool uses(const Parameter<Scalar>& parameter) const;  ///< Whether it has been used since the last clear.

  /// The gradient of a weight that every step uses is one product over the steps, in blocks of about so many rows; a
  /// row is one sequence at one step. A smaller number keeps fewer gradients waiting; a much smaller one is slower.
  std::size_t gathered_rows() const { return gathered_rows_; }
  void set_gathered_rows(std::size_t rows) { gathered_rows_ = rows; }  ///< For sweeps to come; 256 at first.

  /// Lets this and later recordings be swept again, from other seeds, for windows of truncated backpropagation that
  /// overlap. Call it before the sweep; it costs a copy of the nodes, and nested tapes make backward throw TapeError.
  void set_repeatable(bool repeatable) { repeatable_ = repeatable; }
  /// Goes back to before the sweep; only another sweep may follow. Throws TapeError unless the tape was repeatable.
  void forget_gradients();
  /// Sweeps flush denormals (denormals.hpp); false lets them stay, to be seen, and makes sweeps that meet them slow.
  void set_flushes_denormals(bool flushes) { flushes_denormals_ = flushes; }
  /// From now on this recording reads its parameters' values from these copies, taken before the values changed: its
  /// gradients are those at the values it was recorded with. The copies must outlive it, and only a sweep may follow.
  /// Throws TapeError when a copy is missing, or the recording has nested tapes.
  void read_from(const ParameterCopies<Scalar>& copies);

  /// Forgets every node and keeps the memory; earlier Variables are stale. A tape of values keeps what ops derived from
  /// parameters, such as packed weights, until they change. Throws TapeError when a backward rule calls it.
  void clear();

  std::size_t size() const { return nodes_.size(); }  ///< The number of nodes.
  /// Bytes of values, gradients, rules, notes and scratch memory on this tape and those nested in it.
  std::size_t bytes() const;
  std::size_t capacity() const;  ///< Bytes that these tapes hold from the heap.
  TapeSummary summary() const;   ///< Nodes and bytes by operation and by step, and what holds them.
  /// At least the most bytes() of any recording: the sum of the peaks of this tape and of each tape nested in it.
  std::size_t peak() const;
  /// Says how many steps of a cell a recording should hold, so that a forgotten clear() is found: at more than four
  /// times as many the tape calls `warn` once with the likely cause, and summary() has it. 0, as at first: any number.
  void expect_steps(std::size_t window, std::function<void(const std::string&)> warn = {});
  /// The scope and the step in which a node was recorded, as run, Layers and Scope (scope.hpp) have named them.
  Location location_of(Variable<Scalar> variable) const {
    return scope_log_.location_of(scope_log_.position_of(index_of(node(variable))));
  }
  /// The first value that is not finite, if there is one. Call it before backward, which reuses the memory of values.
  std::optional<Anomaly> find_nonfinite(Nonfinite which = Nonfinite::first);
  /// Makes later sweeps check what each rule has written and throw AnomalyError at the first gradient that is not
  /// finite. That is one more pass over it, and gradients of weights are then made at each step, not gathered.
  void set_checked(bool checked) { checked_ = checked; }
  bool records_gradients() const { return recording_ == Recording::gradients; }  ///< Not of values alone.
  bool is_swept() const { return swept_; }                                       ///< Whether backward has begun.
  bool is_repeatable() const { return repeatable_; }                             ///< As set_repeatable has set it.
  bool is_checked() const { return checked_; }                                   ///< As set_checked has set it.
  bool is_nested() const { return around_ != nullptr; }                          ///< Whether nested() has made it.

  // For authors of ops.

  /// A sweep without seeds: for a part of a sequence whose gradient arrives by other ways, or that has none.
  void sweep_unseeded();
  /// A new node with room for its value. `operation` must be a literal; errors at the node name the line of this call,
  /// or of the op's caller (CalledFrom). Throws TapeError, too, when an input is empty, stale or of another tape.
  Variable<Scalar> record(const char* operation, const Shape& shape, std::span<const Variable<Scalar>> inputs,
                          CallSite site = CallSite::current());
  /// The same for a list of inputs.
  Variable<Scalar> record(const char* operation, const Shape& shape, std::initializer_list<Variable<Scalar>> inputs,
                          CallSite site = CallSite::current()) {
    return record(operation, shape, std::span(inputs.begin(), inputs.size()), site);
  }
  /// A node whose numbers compute(Scalar* to) makes when they are first read; the tape copies it, as it does a rule.
  template <class Compute>
  Variable<Scalar> record_lazily(const char* operation, const Shape& shape,
                                 std::initializer_list<Variable<Scalar>> inputs, const Compute& compute,
                                 CallSite site = CallSite::current());
  /// A node whose numbers and gradient are those of `of`, from `offset` on. Throws ShapeError beyond its end.
  Variable<Scalar> view(const char* operation, Variable<Scalar> of, std::size_t offset, const Shape& shape,
                        CallSite site = CallSite::current());
  /// Columns [first, first + count) of the last axis of `of`. Ops that go by rows read and write them in place; for
  /// other ops the tape copies them when they are first read. Throws ShapeError when there are not so many.
  Variable<Scalar> columns(const char* operation, Variable<Scalar> of, std::size_t first, std::size_t count,
                           CallSite site = CallSite::current());
  /// In a rule: fills `rows` with the gradients of the operands, but for those that need none. A block is `unwritten`
  /// where nothing has arrived; of columns, when the operands have all columns of what these were cut from.
  void gradient_rows(std::span<const Variable<Scalar>> operands, std::span<RowBlock<Scalar>> rows);
  /// Begins a step of the innermost sequence (Scope), counted from 0: nodes recorded from now on belong to it, and
  /// `input` too if it was the last one recorded. Does nothing when the step is open. Throws ArgumentError for step -1.
  void begin_step(std::size_t step, Variable<Scalar> input = {}) {
    scope_log_.begin_step(nodes_.size() - (input && input.index_ + 1 == nodes_.size() ? 1 : 0), step);
    if (scope_log_.most_steps() > most_steps_) warn_of_steps();
  }
  /// Nodes recorded from now on belong to the sequence, and to none of its steps.
  void end_step() { scope_log_.end_step(nodes_.size()); }
  ScopeLog& scope_log() { return scope_log_; }  ///< For Scope, which writes it.
  /// Uninitialized memory that lasts until the tape is cleared.
  template <class Type>
  requires std::is_trivially_copyable_v<Type> std::span<Type> scratch(std::size_t count) {
    return {static_cast<Type*>(arena_.allocate(bytes_of<Type>(count))), count};
  }
  /// An empty tape that the calling op has to itself until this tape is cleared; nested_tape.cpp says what it is for.
  /// This tape owns it. Parameters that it uses are this tape's, and their gradients arrive here.
  Tape& nested(Recording recording);
  /// On a nested tape: a leaf whose numbers and gradient are those of a node of the tape around it, from `offset` on.
  /// Throws TapeError for a node of another tape, and ShapeError beyond the node's end.
  Variable<Scalar> outer_leaf(Variable<Scalar> of, std::size_t offset, const Shape& shape);
  /// Uninitialized memory that lasts as long as the notes of a node.
  template <class Type>
  requires std::is_trivially_copyable_v<Type> std::span<Type> scratch_beside(Variable<Scalar> of, std::size_t count) {
    return {static_cast<Type*>(arena_beside(node(of)).allocate(bytes_of<Type>(count))), count};
  }
  /// The node's note of this type, made as Note{} at the first call: what an op derives from a value once and needs at
  /// every use, such as a packed weight. It lasts until the tape is cleared; on a tape of values, a parameter's lasts
  /// until the parameter changes, and must not hold Variables.
  template <class Note>
  requires std::is_trivially_copyable_v<Note> Note& note(Variable<Scalar> of);
  /// An op says that it has replaced a note of a parameter: the next clear gives back the memory of all of them.
  void outdate_notes() { holds_outdated_ = true; }
  /// The version of a parameter's value (parameter.hpp); 0 for other nodes. Throws TapeError when the parameter has
  /// changed or gone since this tape first used it.
  std::uint64_t version_of(Variable<Scalar> variable) const;
  /// A node that reads the caller's numbers, which must stay until the tape is cleared. It gets no gradient.
  Variable<Scalar> borrow(const char* operation, const Scalar* numbers, const Shape& shape,
                          CallSite site = CallSite::current());

  /// A point of the recording. Mark and rewind keep inference over a long sequence within the memory of one step: the
  /// loop over steps marks the tape, and after each step copies the new state to older memory and rewinds to the mark.
  struct Mark {
    std::size_t nodes,       ///< How many nodes there were,
        nested;              ///< and how many nested tapes.
    Arena::Position memory;  ///< How far the arena was used.
  };
  /// The point that the recording has reached.
  Mark mark() {
    marked_ = nodes_.size();
    return {marked_, nested_in_use_, arena_.position()};
  }
  /// Forgets the nodes after the mark; their Variables must not be used any more. Nodes before it keep the values and
  /// notes that they got later. Throws TapeError on a tape of gradients, and for a mark that has itself been forgotten.
  void rewind(const Mark& mark);

  /// The node's note of this type, or nullptr when it has none.
  template <class Note>
  Note* find_note(Variable<Scalar> of);

 private:
  friend class Variable<Scalar>;
  friend class CalledFrom<Scalar>;

  using Recipe = detail::Recipe<Scalar>;
  using Settlement = detail::Settlement;
  using AnyNote = detail::AnyNote;
  template <class Note>
  using TypedNote = detail::TypedNote<Note>;
  using Kind = detail::NodeKind;
  using Node = detail::TapeNode<Scalar>;
  using Leaf = detail::TapeLeaf<Scalar>;
  using Presence = typename detail::Presence<Parameter<Scalar>>::Note;
  using Written = detail::WrittenGradient;
  static constexpr std::uint32_t not_recorded = detail::not_recorded;

  const Node& node(Variable<Scalar> variable) const;
  std::uint32_t index_of(const Node& node) const { return static_cast<std::uint32_t>(&node - nodes_.data()); }
  void warn_of_steps();
  std::string warning_of_steps() const;
  std::size_t bytes_of_value(const Node& node) const;
  std::size_t bytes_of_gradient(const Node& node) const;
  Anomaly anomaly_at(Pass pass, const Node& node, const Node& of, std::size_t position, Scalar number) const;
  void check_written(std::size_t by);
  [[noreturn]] static void refuse_stale();
  Node& node(Variable<Scalar> variable) { return const_cast<Node&>(std::as_const(*this).node(variable)); }
  bool any_needs_gradient(const char* operation, std::span<const Variable<Scalar>> inputs) const;
  Variable<Scalar> push(const Node& node);
  void bind_to_outer(Variable<Scalar> leaf, Variable<Scalar> of, std::size_t offset);
  static Node new_node(const char* operation, const Shape& shape, Scalar* value, bool needs_gradient, Kind kind);
  Node view_of(Variable<Scalar> of, const char* operation, const Shape& shape, Kind kind) const;
  Variable<Scalar> push_new(const char* operation, const Shape& shape, Scalar* value, bool needs_gradient,
                            Kind kind = Kind::plain) {
    return push(new_node(operation, shape, value, needs_gradient, kind));
  }
  void unrecord_leaves(std::size_t first);
  // `name`: the parameter's, where the caller knows it.
  void expect_unchanged(const char* operation, const Leaf& leaf, std::string_view name = {}) const;
  void expect_present(const char* operation, const Leaf& leaf, std::string_view name = {}) const;
  [[noreturn]] void refuse_gone(const char* operation, const Node& leaf, std::string_view name) const;
  [[noreturn]] void refuse_changed(const char* operation, const Node& leaf, std::string_view name) const;
  void expect_unchanged(const char* operation, const Parameters<Scalar>& parameters) const;
  void expect_no_sweep(const char* operation) const;
  void expect_recording(const char* operation) const;
  Scalar* numbers(const char* operation, const Shape& shape);
  Scalar* numbers(std::size_t count) { return scratch<Scalar>(count).data(); }
  template <class Rule>
  const void* keep(const Rule& rule);
  Scalar* new_gradient(Node& node);
  Scalar* take_value(Node& node);
  void give_back_gradient(Node& node);
  void lend(Parameter<Scalar>& parameter);
  enum class SweepEnd { finished, failed };
  void end_loan(Parameter<Scalar>& parameter, SweepEnd end);
  bool claim_written(Parameter<Scalar>& parameter);
  std::uint32_t owner_of_numbers(std::uint32_t index) const;
  bool are_whole(std::span<const Variable<Scalar>> operands, std::uint32_t root) const;
  Scalar* value_of(Node& node);
  Scalar* mutable_gradient_of(Node& node);
  GradientSink<Scalar> sink_of(Node& node);
  GradientSink<Scalar> sink_of_view(Node& owner, std::size_t first, std::size_t count);
  void start_sweep();
  void remember_nodes();
  static void read_from(std::vector<Node>& nodes, std::uint32_t leaf, const Scalar* copy);
  void sweep();
  TensorView<const Scalar> gradient_after_sweep(Node& node);
  typename std::vector<Leaf>::iterator slot_of(const Parameter<Scalar>& parameter);
  const Leaf* find_leaf(const Parameter<Scalar>& parameter) const;
  /// Memory that lasts as long as the node, even if a rewind forgets the nodes after it.
  Arena& arena_beside(const Node& node) {
    if (records_gradients()) return arena_;
    if (node.kind == Kind::parameter) return beside_parameters_;
    return index_of(node) < marked_ ? beside_marked_ : arena_;
  }

  Recording recording_;
  CallSite called_from_;
  bool swept_ = false;
  bool repeatable_ = false;
  bool sweeping_ = false;
  bool sealed_ = false;      // the recording may be swept, but not continued
  bool remembered_ = false;  // nodes_before_sweep_ holds this recording
  bool flushes_denormals_ = true;
  // Measured: a product over so many rows is as fast as one over all of them, and fewer gradients wait for it.
  std::size_t gathered_rows_ = 256;
  std::size_t passed_ = 0;  // the sweep has run the rules of the nodes from this one on
  std::uint64_t generation_;
  std::vector<Node> nodes_;
  std::vector<Leaf> leaves_;  // sorted by address: a map would allocate at every step
  Arena arena_;
  std::size_t marked_ = 0;                // nodes before this one outlive a rewind
  Arena beside_parameters_;               // notes of parameters, on a tape of values
  Arena beside_marked_;                   // notes and values of nodes before a mark, made after it
  bool holds_outdated_ = false;           // notes of parameters that have changed
  std::vector<Node> nodes_before_sweep_;  // of a repeatable tape
  Arena::Position memory_before_sweep_{};
  FreeLists gradients_;     // memory in the arena, of gradients that have been passed on
  Tape* around_ = nullptr;  // the tape that this one is nested in
  std::vector<std::unique_ptr<Tape>> nested_;
  std::size_t nested_in_use_ = 0;
  ScopeLog scope_log_;
  std::size_t expected_steps_ = 0, most_steps_ = std::numeric_limits<std::size_t>::max();  // before a warning
  std::function<void(const std::string&)> warn_;
  bool checked_ = false;
  std::vector<Written> written_;
};

/// Sweeps the loss's tape and adds what it finds to the gradients of the parameters. Throws what Tape::backward throws,
/// ArgumentError for no parameters, and TapeError when the tape has used none of them (a copy of a module has its own).
template <class Scalar>
void backward(Variable<Scalar> loss, const Parameters<std::type_identity_t<Scalar>>& parameters);

/// Adds the gradients that a swept tape holds to those of the parameters; throws TapeError for one that is not swept.
/// With one tape a thread, calling this tape by tape gives the same sum on every run.
template <class Scalar>
void add_gradients(const Tape<Scalar>& tape, const Parameters<std::type_identity_t<Scalar>>& parameters);

}  // namespace unroll::inline v0

#include <unroll/framework/tape/internal/tape_inline.hpp>
