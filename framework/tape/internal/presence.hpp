#pragma once

#include <memory>
#include <utility>

namespace unroll::inline v0::detail {

/// Tells a tape that keeps the address of an owner (a Parameter) whether the owner is still there. A tape must not read
/// a Parameter that may be gone, and another one may stand at its address: a list of layers that has grown moves all of
/// them. So each owner has a Note on the heap, which the tape holds too and which outlives the owner. The note has the
/// owner's address until the owner is destroyed, or its content is moved elsewhere; an owner that stands at the old
/// address later has another note.
template <class Owner>
class Presence {
 public:
  struct Note {
    const Owner* owner;  // nullptr: gone
  };

  explicit Presence(const Owner* owner) : note_(std::make_shared<Note>(Note{owner})) {}
  ~Presence() { note_->owner = nullptr; }
  Presence(const Presence&) = delete;
  /// An owner that is assigned to stays where it is, with its note.
  Presence& operator=(const Presence&) { return *this; }

  const std::shared_ptr<Note>& note() const { return note_; }
  /// Says in the old note that the owner is gone, and begins a new one.
  void renew() {
    const Owner* const owner = std::exchange(note_->owner, nullptr);
    note_ = std::make_shared<Note>(Note{owner});
  }

 private:
  std::shared_ptr<Note> note_;
};

}  // namespace unroll::inline v0::detail
