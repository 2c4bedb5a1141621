#pragma once

#include <unroll/framework/arena.hpp>

#include <cstddef>

namespace unroll::inline v0::detail {

/// Working memory of a product, kept from call to call: one in a training step must not go to the heap. What is taken
/// is given back at the end of the scope; scopes nest.
template <class Scalar>
class Scratch {
 public:
  Scratch() : before_(arena().position()) {}
  ~Scratch() { arena().go_back(before_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  Scalar* numbers(std::size_t count) { return static_cast<Scalar*>(arena().allocate(count * sizeof(Scalar))); }

 private:
  static Arena& arena() {
    thread_local Arena memory;
    return memory;
  }

  Arena::Position before_;
};

}  // namespace unroll::inline v0::detail
