#pragma once

#include <unroll/framework/anomaly.hpp>
#include <unroll/framework/arena.hpp>
#include <unroll/framework/called_from.hpp>
#include <unroll/framework/ledger.hpp>
#include <unroll/framework/module.hpp>
#include <unroll/framework/recycler.hpp>
#include <unroll/framework/tape_node.hpp>
#include <unroll/framework/tape_summary.hpp>
#include <unroll/framework/variable.hpp>

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

/// What a tape keeps: values and the rules for the way back, or values alone (inference).
enum class Recording { gradients, values };

/// Which of the values that are not finite, in recording order.
enum class Nonfinite { first, first_nan };

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
  Variable<Scalar> constant(TensorView<const Scalar> value, Where where = Where::current());
  /// Zeros that get no gradient.
  Variable<Scalar> zeros(const Shape& shape, Where where = Where::current());
  /// Data that gets a gradient. Copied.
  Variable<Scalar> input(TensorView<const Scalar> value, Where where = Where::current());
  /// A parameter's leaf on this tape, one for all its uses. The value is not copied, and what ops derive from it is
  /// kept: using it again after it has changed, moved or gone, or sweeping then, throws TapeError until the tape is
  /// cleared.
  Variable<Scalar> use(const Parameter<Scalar>& parameter, Where where = Where::current());
  /// A parameter must outlive the sweep.
  Variable<Scalar> use(Parameter<Scalar>&& temporary, Where where = Where::current()) = delete;

  /// Computes ∂loss/∂x for every node x that the loss depends on. Throws ShapeError unless the loss is one number, and
  /// TapeError for a second sweep of the same recording.
  void backward(Variable<Scalar> loss);
  /// The same for Σ outputs · cotangents: a product of vector and Jacobian. Throws ArgumentError for no seeds.
  void backward(std::span<const Seed<Scalar>> seeds);
  void backward(std::initializer_list<Seed<Scalar>> seeds) { backward(std::span(seeds.begin(), seeds.size())); }
  /// The same, and adds what it finds to the gradients of the parameters. The first to arrive at a parameter whose
  /// gradient is empty is written there at once; gradient_of then points to it, and is what it is until the Parameter's
  /// gradient changes.
  void backward(Variable<Scalar> loss, const Parameters<Scalar>& parameters);
  /// The gradient that backward found for a parameter; nullptr when it was not used, is frozen, or got none.
  const Scalar* gradient_of(const Parameter<Scalar>& parameter) const;
  /// Whether a parameter has been used since the last clear.
  bool uses(const Parameter<Scalar>& parameter) const;

  /// The gradient of a weight that is used at every step is one product over the steps, in blocks of about this many
  /// rows, each of them one sequence at one step. What they need of the gradients is kept so long.
  std::size_t gathered_rows() const { return gathered_rows_; }
  void set_gathered_rows(std::size_t rows) { gathered_rows_ = rows; }

  /// Before the sweep: lets this and later recordings be swept more than once, with other seeds each time:
  /// forget_gradients() goes back to before the sweep, and only another sweep may follow. For windows of truncated
  /// backpropagation through time that overlap; it costs a copy of the list of nodes. What reads numbers made on nested
  /// tapes (checkpoints) is refused.
  void set_repeatable(bool repeatable) { repeatable_ = repeatable; }
  void forget_gradients();
  /// Sweeps flush denormals (denormals.hpp) unless told not to, by those who want to see them: they are slow then.
  void set_flushes_denormals(bool flushes) { flushes_denormals_ = flushes; }
  /// From now on this recording reads its parameters' values from copies that were taken before they changed, and must
  /// outlive it: its gradients are those at the values that it was recorded with. Throws TapeError when one is missing.
  void read_from(const ParameterCopies<Scalar>& copies);

  /// Forgets every node and keeps the memory. Variables of before are stale from now on. Throws TapeError during a
  /// sweep, in a rule. A tape that records values
  /// only keeps what was derived from parameters, such as a weight in the layout that products want, until they change.
  void clear();

  std::size_t size() const { return nodes_.size(); }
  /// Bytes of values, gradients and rules now on the tape and those nested in it and of what it keeps beside
  /// parameters, and bytes that they hold from the heap.
  std::size_t bytes() const;
  std::size_t capacity() const;
  /// Nodes and bytes by operation and by step, and what holds them.
  TapeSummary summary() const;
  /// No recording has used more bytes, as bytes() counts them: the sum of the most that it, and each tape nested in it,
  /// has used.
  std::size_t peak() const;
  /// Says how many steps of a cell a recording is to hold. When one holds more than four times as many, `warn` is
  /// called once, with the likely cause in words; the summary says so too. 0 and no function: whatever comes.
  void expect_steps(std::size_t window, std::function<void(const std::string&)> warn = {});
  /// Which scope and step a node belongs to: what run, Layers and Scope (scope.hpp) have said.
  Place place_of(Variable<Scalar> variable) const {
    return ledger_.place_of(ledger_.position_of(index_of(node(variable))));
  }
  /// A number among the values that is not finite, if there is one. To be asked before backward, which takes the memory
  /// of some values.
  std::optional<Anomaly> find_nonfinite(Nonfinite which = Nonfinite::first);
  /// From the next sweep on: after each rule what it wrote is checked, and AnomalyError is thrown at the
  /// first gradient that is not finite. It costs one more pass over what each rule writes, and gradients of weights are
  /// not gathered over steps but made at each.
  void set_checked(bool checked) { checked_ = checked; }
  bool records_gradients() const { return recording_ == Recording::gradients; }
  /// Whether backward has begun.
  bool is_swept() const { return swept_; }
  bool is_repeatable() const { return repeatable_; }
  bool is_checked() const { return checked_; }
  /// Whether it is a tape of an op's own, made by nested().
  bool is_nested() const { return around_ != nullptr; }

  // What follows is for those who write ops.

  /// A sweep from no seed, for a part of a sequence whose gradient arrives by other ways, or that has none.
  void sweep_unseeded();
  /// A new node with room for its value. Throws TapeError when an input is empty, stale or of another tape, or when
  /// the tape has been swept. `operation` must be a literal. What goes wrong at the node is reported with its line:
  /// that of this call, or that of the op's caller if the op says so (CalledFrom).
  Variable<Scalar> record(const char* operation, const Shape& shape, std::span<const Variable<Scalar>> inputs,
                          Where where = Where::current());
  Variable<Scalar> record(const char* operation, const Shape& shape, std::initializer_list<Variable<Scalar>> inputs,
                          Where where = Where::current()) {
    return record(operation, shape, std::span(inputs.begin(), inputs.size()), where);
  }
  /// A node whose numbers are made when they are first asked for, by compute(Scalar* to), which is copied into the tape
  /// as a rule is.
  template <class Compute>
  Variable<Scalar> record_lazily(const char* operation, const Shape& shape,
                                 std::initializer_list<Variable<Scalar>> inputs, const Compute& compute,
                                 Where where = Where::current());
  /// A node that shares the numbers of `of`, from `offset` on, and their gradient. Throws ShapeError beyond its end.
  Variable<Scalar> view(const char* operation, Variable<Scalar> of, std::size_t offset, const Shape& shape,
                        Where where = Where::current());
  /// Columns [first, first + count) of the last axis of `of`. Ops that go by rows read and write them in place; for
  /// others they are copied when first asked for. Throws ShapeError when there are not so many.
  Variable<Scalar> columns(const char* operation, Variable<Scalar> of, std::size_t first, std::size_t count,
                           Where where = Where::current());
  /// In a rule: the gradients of its operands as rows, spared the zeros where nothing has arrived yet; none where none
  /// is needed. Columns that together are all of what they were cut from are spared them too.
  void gradient_rows(std::span<const Variable<Scalar>> operands, std::span<RowBlock<Scalar>> rows);
  /// What is recorded from now on is of this step of the innermost sequence (Scope), counted from 0, and so is its
  /// `input`, if that has just been recorded. To say so again does nothing.
  void begin_step(std::size_t step, Variable<Scalar> input = {}) {
    ledger_.begin_step(nodes_.size() - (input && input.index_ + 1 == nodes_.size() ? 1 : 0), step);
    if (ledger_.most_steps() > most_steps_) warn_of_steps();
  }
  /// What is recorded from now on is of the sequence, but of none of its steps.
  void end_step() { ledger_.end_step(nodes_.size()); }
  /// Whoever makes a Scope writes here.
  Ledger& ledger() { return ledger_; }
  /// Uninitialised memory until the tape is cleared.
  template <class Type>
  requires std::is_trivially_copyable_v<Type> std::span<Type> scratch(std::size_t count) {
    return {static_cast<Type*>(arena_.allocate(bytes_of<Type>(count))), count};
  }
  /// A tape of an op of its own, which records there, on the way forward or in its rule, what it does not want to keep:
  /// no other asks for the same one until this tape is cleared, and then it is empty. It and its memory belong to this
  /// tape. Parameters used on it are this tape's, and their gradients arrive here.
  Tape& nested(Recording recording);
  /// On a nested tape: a leaf that shares the numbers of a node of the tape around it, from `offset` on, and hands its
  /// gradient over to it. Throws TapeError for a node of another tape, and ShapeError beyond the node's end.
  Variable<Scalar> share(Variable<Scalar> of, std::size_t offset, const Shape& shape);
  /// Uninitialised memory that stays as long as the notes of a node.
  template <class Type>
  requires std::is_trivially_copyable_v<Type> std::span<Type> scratch_beside(Variable<Scalar> of, std::size_t count) {
    return {static_cast<Type*>(arena_beside(node(of)).allocate(bytes_of<Type>(count))), count};
  }
  /// A Note that stays with the node until the tape is cleared, begun as Note{}: what an op derives from a value once
  /// and needs at every use of it, such as a weight in another layout. Each type of note has its own. On a tape that
  /// records values only, that of a parameter stays until the parameter changes; it must not hold Variables then.
  template <class Note>
  requires std::is_trivially_copyable_v<Note> Note& note(Variable<Scalar> of);
  /// Says that a note of a parameter has been replaced: the next clear gives back the memory of all of them.
  void outdate_notes() { holds_outdated_ = true; }
  /// The version of a parameter, which no other value of any parameter has; 0 for other nodes. Throws TapeError when
  /// the parameter has changed since this tape first used it.
  std::uint64_t version_of(Variable<Scalar> variable) const;
  /// A node of numbers that stay where they are until the tape is cleared, and get no gradient.
  Variable<Scalar> borrow(const char* operation, const Scalar* numbers, const Shape& shape,
                          Where where = Where::current());

  /// A place to go back to, forgetting what has been recorded since: for inference over long sequences, where nobody
  /// asks for the steps again. Variables of after the mark must not be used any more.
  struct Mark {
    std::size_t nodes, nested;
    Arena::Position memory;
  };
  Mark mark() {
    marked_ = nodes_.size();
    return {marked_, nested_in_use_, arena_.position()};
  }
  /// What came before the mark stays, and so do values and notes of it that were made later. Throws TapeError on a tape
  /// that records gradients, and for a mark of what has been forgotten itself.
  void rewind(const Mark& mark);

  /// The same if the node has one, or nullptr.
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
  void share_with(Variable<Scalar> leaf, Variable<Scalar> of, std::size_t offset);
  static Node new_node(const char* operation, const Shape& shape, Scalar* value, bool needs_gradient, Kind kind);
  Node part_of(Variable<Scalar> of, const char* operation, const Shape& shape, Kind kind) const;
  Variable<Scalar> push_new(const char* operation, const Shape& shape, Scalar* value, bool needs_gradient,
                            Kind kind = Kind::plain) {
    return push(new_node(operation, shape, value, needs_gradient, kind));
  }
  void unrecord_leaves(std::size_t first);
  // Each with the parameter's name, where it is known.
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
  bool take_back(Parameter<Scalar>& parameter);
  std::uint32_t owner_of_numbers(std::uint32_t index) const;
  bool are_whole(std::span<const Variable<Scalar>> operands, std::uint32_t root) const;
  Scalar* value_of(Node& node);
  Scalar* gradient_sum_of(Node& node);
  GradientSink<Scalar> sink_of(Node& node);
  GradientSink<Scalar> sink_of_part(Node& owner, std::size_t first, std::size_t count);
  void start_sweep();
  void remember_nodes();
  static void read_from(std::vector<Node>& nodes, std::uint32_t leaf, const Scalar* copy);
  void sweep();
  TensorView<const Scalar> gradient_after_sweep(Node& node);
  typename std::vector<Leaf>::iterator place_of(const Parameter<Scalar>& parameter);
  const Leaf* find_leaf(const Parameter<Scalar>& parameter) const;
  /// Memory that stays as long as the node, even if what comes after it is forgotten.
  Arena& arena_beside(const Node& node) {
    if (records_gradients()) return arena_;
    if (node.kind == Kind::parameter) return beside_parameters_;
    return index_of(node) < marked_ ? beside_marked_ : arena_;
  }

  Recording recording_;
  Where called_from_;
  bool swept_ = false;
  bool repeatable_ = false;
  bool sweeping_ = false;
  bool sealed_ = false;      // it may be swept, but not recorded on
  bool remembered_ = false;  // what was there before the sweep
  bool flushes_denormals_ = true;
  // Measured: a product over so many rows is none slower than over all of them, and less waits for it.
  std::size_t gathered_rows_ = 256;
  std::size_t passed_ = 0;  // of nodes from this one on the rules have run
  std::uint64_t generation_;
  std::vector<Node> nodes_;
  std::vector<Leaf> leaves_;  // sorted by address: a map would allocate at every step
  Arena arena_;
  std::size_t marked_ = 0;                // nodes before this one outlive a rewind
  Arena beside_parameters_;               // their notes, when values only are recorded
  Arena beside_marked_;                   // notes and values of nodes before a mark, made after it
  bool holds_outdated_ = false;           // notes of parameters that have changed
  std::vector<Node> nodes_before_sweep_;  // when it is repeatable
  Arena::Position memory_before_sweep_{};
  Recycler gradients_;      // memory in the arena, of gradients that have been passed on
  Tape* around_ = nullptr;  // the tape that this one is nested in
  std::vector<std::unique_ptr<Tape>> nested_;
  std::size_t nested_in_use_ = 0;
  Ledger ledger_;
  std::size_t expected_steps_ = 0, most_steps_ = std::numeric_limits<std::size_t>::max();  // before a warning
  std::function<void(const std::string&)> warn_;
  bool checked_ = false;
  std::vector<Written> written_;
};

/// Sweeps the loss's tape and adds what it finds to the gradients of the parameters. Throws TapeError when the tape
/// has used none of them: a copy of a module has parameters of its own.
template <class Scalar>
void backward(Variable<Scalar> loss, const Parameters<std::type_identity_t<Scalar>>& parameters);

/// Adds the gradients that a swept tape holds to those of the parameters. With one tape a thread, calling this tape by
/// tape gives the same sum on every run.
template <class Scalar>
void add_gradients(const Tape<Scalar>& tape, const Parameters<std::type_identity_t<Scalar>>& parameters);

}  // namespace unroll::inline v0

#include <unroll/framework/tape_inline.hpp>
