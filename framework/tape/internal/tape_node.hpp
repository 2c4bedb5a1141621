#pragma once

#include <unroll/framework/errors/call_site.hpp>
#include <unroll/framework/tape/parameter.hpp>
#include <unroll/framework/tensor/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

/// What a tape (tape.hpp) keeps of each operation. All of it lies in the tape's arena or in lists that are kept from
/// recording to recording, so it is plain data: no constructors, nothing to destroy.
///
/// The life of a gradient, whose memory a node has as `gradient`:
///
/// - Made. The first rule, settlement or seed that adds to a node makes the gradient (Tape::sink_of_view). Its memory
///   is that of the node's own value when no `readers` of it are left (`value_gone` from then on); else that of a
///   gradient of the same size which has been given back; else new memory in the arena. A view has no gradient: rules
///   add to its root's, and for an outer leaf to that of the node on the tape around. Columns have one only when an op
///   that does not go by rows uses them; their rule adds it to the root's.
/// - Lent. backward(loss, parameters) does not wait for that: before the sweep it gives each parameter's leaf the
///   memory of Parameter::gradient, if the Parameter says that this is empty. The sweep then writes where the optimizer
///   will read. The leaf is `lent` until a rule writes to it. Afterwards the Parameter takes back what is still lent,
///   and after an error all; memory that was `made` for the loan is dropped.
/// - Unwritten. New memory is uninitialized. The sweep meets the parts of a tensor from the last to the first and fills
///   it from the end, so the first `untouched` numbers hold nothing yet. A rule that asks for a range which ends there
///   gets it as `unwritten` (GradientSink) and sets the numbers; to other ranges it adds. Before a range out of this
///   order the tape fills all that is untouched with zeros.
/// - Passed on. When the node's rule has run, the sweep gives the memory to the tape's free lists (`gradient_gone`),
///   from which gradients of earlier nodes take it. It does not when keep_gradient was called (`keeps_gradient`), nor
///   while an op holds the gradient (`holds`) for work that it puts off: then release_gradient gives it back. Leaves
///   have no rule, so their gradients stay.
/// - Forgotten. clear() forgets all of them. forget_gradients() puts the nodes back as they were before the sweep.
namespace unroll::inline v0::detail {

/// Makes the numbers of a lazy node. A note of the node.
template <class Scalar>
struct Recipe {
  void (*compute)(const void* capture, Scalar* to);
  const void* capture;
};

/// Work that an op puts off until the sweep reaches the node (complete_gradient_with). A note of the node.
struct Settlement {
  void (*rule)(const void* capture);
  const void* capture;
  const Settlement* next;  // the one that was put off before it
};

/// Notes of a node are a list. Each type of note has a static variable, whose address tells the types apart.
struct AnyNote {
  const void* type;
  AnyNote* next;
};
template <class Note>
struct TypedNote : AnyNote {
  static constexpr char type_name = 0;
  Note note;
};

/// The address at which the columns from `first` on begin in rows of numbers; nullptr for rows without memory.
template <class Scalar>
Scalar* column_of(Scalar* rows, std::size_t first) {
  return rows == nullptr ? nullptr : rows + first;
}

/// Whose numbers a node has: its own (plain), a Parameter's, the caller's (borrowed), a stretch (view) or columns of
/// another node's, or none until they are first read (lazy).
enum class NodeKind : std::uint8_t { plain, parameter, borrowed, view, columns, lazy };

/// One operation, or a leaf.
template <class Scalar>
struct TapeNode {
  const char* operation;
  CallSite site;
  Shape shape;
  Scalar* value;     // nullptr: columns not copied yet, lazy numbers not made yet
  Scalar* gradient;  // nullptr: nothing has arrived
  void (*rule)(const void* capture);
  const void* capture;  // of the rule; a parameter has none: its Presence::Note
  AnyNote* notes;
  std::uint64_t version;     // parameter: of its value, but 0 when it reads a copy (read_from); other nodes: 0
  std::size_t untouched;     // so many numbers at the beginning of the gradient have not been written
  std::size_t offset;        // view, columns, outer: the position at which they begin in the root's numbers
  std::uint32_t last_view;   // the last view of this node; 0: none
  std::uint32_t root;        // view, columns: the node that owns the numbers; outer: such a node of the tape around
  std::uint32_t outputs;     // the rule is for so many nodes from this one on
  std::uint32_t readers;     // of the value after the way forward: its own rule, the caller, and each op that uses it
  std::uint16_t rule_bytes;  // of the capture
  std::uint16_t holds;       // how often hold_gradient was called and not released
  NodeKind kind;
  bool needs_gradient;
  bool keeps_gradient;
  bool value_gone;     // the gradient has taken the value's memory
  bool gradient_gone;  // the gradient has been passed on, and its memory given back
  bool lent;           // the gradient's memory is the Parameter's, and nothing has arrived yet
  bool made;           // the Parameter had no gradient before the loan
  bool settles;        // has a Settlement
  bool outer;          // its numbers and gradient are those of a node of the tape around
};

/// The index of a leaf that has no node in this recording.
inline constexpr std::uint32_t not_recorded = std::numeric_limits<std::uint32_t>::max();

/// A parameter that a tape has used.
template <class Scalar>
struct TapeLeaf {
  const Parameter<Scalar>* parameter;  // dangles when its presence says that it is gone
  std::shared_ptr<typename Presence<Parameter<Scalar>>::Note> presence;
  std::uint32_t index;    // or not_recorded
  std::uint64_t version;  // of the parameter when it was first used
  AnyNote* notes;         // on a tape of values: kept from recording to recording
};

/// Numbers of a node's gradient that a checked sweep has written since it last looked.
struct WrittenGradient {
  std::uint32_t node;
  std::size_t first, count;

  bool operator==(const WrittenGradient&) const = default;
};

}  // namespace unroll::inline v0::detail
