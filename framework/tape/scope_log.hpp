#pragma once

#include <unroll/framework/errors/call_site.hpp>

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace unroll::inline v0 {

/// The scope, layer and step of the unrolled network in which a node was recorded.
struct Location {
  std::string scope;                 ///< "layer 2", "decoder, layer 0"; empty outside of every scope.
  std::optional<std::size_t> layer;  ///< Counted from 0, as in the names of parameters.
  std::optional<std::size_t> step;   ///< Counted from 0, from the beginning of the sequence.
  CallSite unrolled;                 ///< The line that called run, or made the scope; may be empty.
};

/// "layer 2, step 17, unrolled at model.cpp:31"; empty for a location without any of them.
std::string to_string(const Location& location);
/// "model.cpp:31", without the directories; empty for an empty call site.
std::string to_string(const CallSite& site);

/// The scopes and steps of a tape's nodes, as ranges of nodes in recording order: an entry for each beginning of a
/// scope or step, and nothing for each node. A log that is cleared and filled again allocates nothing. Tape and Scope
/// write it.
class ScopeLog {
 public:
  /// Stands for no scope, no step and no number, so that a step or number computed as -1 is refused.
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  /// The scope and the step that are open.
  struct Position {
    std::size_t scope = none,  ///< The index of the scope, in the order of their beginnings.
        step = none;           ///< The step in it.

    /// Whether both are equal.
    bool operator==(const Position&) const = default;
  };
  Position position() const { return here_; }  ///< What is open now; a Scope gives it to leave when it ends.

  /// Begins a scope at node `node`, within the one that is open. `name` is a literal; `number` may be none. A scope for
  /// a sequence has an `owner`, the cell, and the log adds up the steps of each owner.
  void enter(std::size_t node, const char* name, std::size_t number, const void* owner, CallSite site);
  /// Ends a scope at node `node`; the position from before its beginning is open again.
  void leave(std::size_t node, const Position& back_to);
  /// Begins a step of the innermost sequence at node `node`. Does nothing when that step is open. Throws ArgumentError
  /// for step -1.
  void begin_step(std::size_t node, std::size_t step) {
    if (step == none) refuse("begin_step", "step");
    if (step == here_.step) return;
    here_.step = step;
    note(node);
    const std::size_t steps = ++owners_[here_.scope == none ? 0 : scopes_[here_.scope].owner].steps;
    if (steps <= most_steps_) return;
    most_steps_ = steps;
    busiest_ = here_;
  }

  /// Ends the step before node `node`; the sequence stays open.
  void end_step(std::size_t node) {
    here_.step = none;
    note(node);
  }
  std::size_t most_steps() const { return most_steps_; }  ///< The number of steps of the cell that has most.
  Position busiest() const { return busiest_; }           ///< The last step of that cell.
  /// The scope and the step of a node.
  Position position_of(std::size_t node) const;
  /// The same in names and numbers.
  Location location_of(const Position& position) const;
  /// "decoder, layer 0": the name of a scope and of those around it.
  std::string scope_name(std::size_t scope) const;

  /// Forgets the nodes from `node` on, and what began there (Tape::rewind).
  void forget_from(std::size_t node);
  /// Forgets everything and keeps the memory.
  void clear();
  std::size_t clears() const { return clears_; }  ///< How often the log has been cleared.
  std::size_t capacity() const;                   ///< Bytes held from the heap.
  /// Throws ArgumentError: `number` ("step", "number") was computed as -1.
  [[noreturn]] static void refuse(const char* operation, const char* number);

 private:
  struct Scope {
    const char* name;
    std::size_t number, around, owner;
    CallSite site;
  };
  struct Owner {
    const void* of;
    std::size_t steps;
  };
  struct Span {
    std::size_t first_node, scopes;  // the number of scopes then
    Position position;
  };

  void note(std::size_t node);

  Position here_, busiest_;
  std::vector<Scope> scopes_;
  std::vector<Owner> owners_{{nullptr, 0}};  // the first one counts steps outside of every sequence
  std::vector<Span> spans_;
  std::size_t most_steps_ = 0, clears_ = 0;
};

}  // namespace unroll::inline v0
