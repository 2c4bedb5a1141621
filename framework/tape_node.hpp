#pragma once

#include <unroll/framework/parameter.hpp>
#include <unroll/framework/shape.hpp>
#include <unroll/framework/where.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

/// What a tape (tape.hpp) keeps of each operation. All of it lies in the tape's arena or in lists that are kept from
/// recording to recording, so it is plain data: no constructors, nothing to destroy.
namespace unroll::inline v0::detail {

/// How the numbers of a lazy node are made. A note of the node.
template <class Scalar>
struct Recipe {
  void (*compute)(const void* capture, Scalar* to);
  const void* capture;
};

/// What before_passing_on was given. A note of the node.
struct Settlement {
  void (*rule)(const void* capture);
  const void* capture;
  const Settlement* next;
};

/// Notes of a node are a list, told apart by the address of a variable that each type has.
struct AnyNote {
  const void* type;
  AnyNote* next;
};
template <class Note>
struct TypedNote : AnyNote {
  static constexpr char type_name = 0;
  Note note;
};

/// Where the columns from `first` on begin in rows of numbers; nowhere when there are no rows, which may have no
/// memory.
template <class Scalar>
Scalar* column_of(Scalar* rows, std::size_t first) {
  return rows == nullptr ? nullptr : rows + first;
}

/// Where a node's numbers are: its own, a Parameter's, whoever's they are (borrow); a stretch or columns of another
/// node's; or nowhere until they are asked for.
enum class NodeKind : std::uint8_t { plain, parameter, borrowed, view, columns, lazy };

/// One operation, or a leaf.
template <class Scalar>
struct TapeNode {
  const char* operation;
  Where where;
  Shape shape;
  Scalar* value;     // nullptr: columns that have not been copied, lazy ones that have not been made
  Scalar* gradient;  // nullptr: nothing has arrived
  void (*rule)(const void* capture);
  const void* capture;  // of the rule; a parameter has none: its Presence::Note
  AnyNote* notes;
  std::uint64_t version;     // parameter: of its value, but 0 when it reads a copy (read_from); other nodes: 0
  std::size_t untouched;     // of the gradient, so many numbers at its beginning have not been written
  std::size_t offset;        // view, columns, shared: where in the root's numbers they begin
  std::uint32_t last_view;   // the last view of this node; 0: none
  std::uint32_t root;        // view, columns: the node that owns the numbers; shared: it is of the tape around
  std::uint32_t outputs;     // how many nodes from this one on the rule speaks for
  std::uint32_t readers;     // of the value after the way forward: the rule, others, and each op it is in
  std::uint16_t rule_bytes;  // of the capture
  std::uint16_t holds;       // how often hold_gradient was called and not released
  NodeKind kind;
  bool needs_gradient;
  bool keeps_gradient;
  bool value_gone;     // its memory is the gradient's
  bool gradient_gone;  // it has been passed on, and its memory serves again
  bool lent;           // the gradient's memory is that of a Parameter's, and nothing has arrived yet
  bool made;           // that Parameter had no gradient: it was made to be lent
  bool settles;        // has a Settlement
  bool shared;         // its numbers and gradient are those of a node of the tape around
};

/// For a leaf that has no node in this recording.
inline constexpr std::uint32_t not_recorded = std::numeric_limits<std::uint32_t>::max();

/// A parameter that a tape has used.
template <class Scalar>
struct TapeLeaf {
  const Parameter<Scalar>* parameter;  // to be looked at while its presence says that it is there
  std::shared_ptr<typename Presence<Parameter<Scalar>>::Note> presence;
  std::uint32_t index;    // or not_recorded
  std::uint64_t version;  // of the parameter when it was first used
  AnyNote* notes;         // kept from recording to recording, when values only are recorded
};

/// What has been written since the last rule, when it is checked: numbers of a node's gradient.
struct WrittenGradient {
  std::uint32_t node;
  std::size_t first, count;

  bool operator==(const WrittenGradient&) const = default;
};

}  // namespace unroll::inline v0::detail
