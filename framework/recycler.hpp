#pragma once

#include <cstddef>
#include <vector>

namespace unroll::inline v0 {

/// Memory that has been given back, to be handed out again to those who ask for as much: the gradients of a sweep,
/// which come and go in a few sizes. It owns nothing. Forgetting all of it keeps the lists' own memory.
class Recycler {
 public:
  /// Takes over memory of at least sizeof(void*) bytes, aligned to it; smaller pieces are not kept.
  void give(void* memory, std::size_t bytes);
  /// A piece of just so many bytes, the last one given; nullptr when there is none.
  void* take(std::size_t bytes);
  void forget() { lists_.clear(); }

 private:
  // A free piece holds the address of the next of its size.
  struct List {
    std::size_t bytes;
    void* first;
  };
  List* list_of(std::size_t bytes);

  std::vector<List> lists_;
};

}  // namespace unroll::inline v0
