#pragma once

#include <unroll/framework/tape/tape.hpp>

#include <memory>

namespace unroll::inline v0::detail {

/// A tape of one owner: a copy of the owner gets a new, empty one.
template <class Scalar>
class OwnTape {
 public:
  OwnTape() : tape_(std::make_unique<Tape<Scalar>>()) {}
  OwnTape(const OwnTape&) : OwnTape() {}
  OwnTape(OwnTape&&) noexcept = default;
  OwnTape& operator=(const OwnTape&) { return *this = OwnTape(); }
  OwnTape& operator=(OwnTape&&) noexcept = default;
  ~OwnTape() = default;
  Tape<Scalar>& cleared() {
    tape_->clear();
    return *tape_;
  }

 private:
  std::unique_ptr<Tape<Scalar>> tape_;
};

}  // namespace unroll::inline v0::detail
