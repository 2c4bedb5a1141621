#pragma once

#include <memory>
#include <utility>

namespace unroll::inline v0::detail {

/// Lets whoever notes an owner find out later, without touching it, whether it is still where it was. The note is
/// shared and outlives the owner; the owner is in it until it is destroyed, or what it held is moved elsewhere.
template <class Owner>
class Presence {
 public:
  struct Note {
    const Owner* owner;  // nullptr: gone
  };

  explicit Presence(const Owner* owner) : note_(std::make_shared<Note>(Note{owner})) {}
  ~Presence() { note_->owner = nullptr; }
  Presence(const Presence&) = delete;
  /// An owner that is assigned to stays where it is.
  Presence& operator=(const Presence&) { return *this; }

  const std::shared_ptr<Note>& note() const { return note_; }
  /// Tells those who have noted the owner that it is gone, and begins anew.
  void renew() {
    const Owner* const owner = std::exchange(note_->owner, nullptr);
    note_ = std::make_shared<Note>(Note{owner});
  }

 private:
  std::shared_ptr<Note> note_;
};

}  // namespace unroll::inline v0::detail
