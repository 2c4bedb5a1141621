#pragma once

#include <unroll/framework/where.hpp>

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace unroll::inline v0 {

/// A place in the unrolled network: where a node was recorded.
struct Place {
  std::string scope;                 // "layer 2", "decoder, layer 0"; empty outside of every scope
  std::optional<std::size_t> layer;  // counted from 0, as in the names of parameters
  std::optional<std::size_t> step;   // counted from 0, from the beginning of the sequence
  Where unrolled;                    // the line that called unroll, or made the scope; may be empty
};

/// "layer 2, step 17, unrolled at model.cpp:31"; empty for a place without any of them.
std::string to_string(const Place& place);
/// "model.cpp:31", without the directories; empty for an empty one.
std::string to_string(const Where& where);

/// Which scope and step the nodes of a tape belong to, as ranges of nodes in recording order: nothing per node, one
/// entry when a scope or a step begins. Cleared and filled again, it allocates nothing.
class Ledger {
 public:
  /// Stands for no scope, no step and no number, so that a real -1 is refused as one.
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  /// Where the recording is now: to be gone back to when a scope ends.
  struct Position {
    std::size_t scope = none, step = none;

    bool operator==(const Position&) const = default;
  };
  Position position() const { return here_; }

  /// A scope begins with node `node`, in the one that is open. `name` is a literal; `number` may be none. A sequence
  /// has an owner, the cell, whose steps are counted together.
  void enter(std::size_t node, const char* name, std::size_t number, const void* owner, Where where);
  void leave(std::size_t node, const Position& back_to);
  /// A step of the innermost sequence begins. To begin the one that is open already does nothing. Throws ArgumentError
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

  void end_step(std::size_t node) {
    here_.step = none;
    note(node);
  }
  /// Of all cells, the most steps that one has.
  std::size_t most_steps() const { return most_steps_; }
  /// The last of them.
  Position busiest() const { return busiest_; }
  /// The scope and the step of a node.
  Position position_of(std::size_t node) const;
  Place place_of(const Position& position) const;
  std::string scope_name(std::size_t scope) const;

  void forget_from(std::size_t node);
  void clear();
  std::size_t clears() const { return clears_; }
  std::size_t capacity() const;
  /// Throws ArgumentError: a number of this kind was computed as -1.
  [[noreturn]] static void refuse(const char* operation, const char* number);

 private:
  struct Scope {
    const char* name;
    std::size_t number, around, owner;
    Where where;
  };
  struct Owner {
    const void* of;
    std::size_t steps;
  };
  struct Span {
    std::size_t first_node, scopes;  // how many there were
    Position position;
  };

  void note(std::size_t node);

  Position here_, busiest_;
  std::vector<Scope> scopes_;
  std::vector<Owner> owners_{{nullptr, 0}};  // the first: of steps outside of every sequence
  std::vector<Span> spans_;
  std::size_t most_steps_ = 0, clears_ = 0;
};

}  // namespace unroll::inline v0
