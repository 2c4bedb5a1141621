#pragma once

#include <cstddef>
#include <vector>

namespace unroll::inline v0 {

/// Memory that has been given back, in a list for each size: the gradients of a sweep come and go in a few sizes. The
/// lists do not own the memory.
class FreeLists {
 public:
  /// Puts memory, aligned to a pointer, into the list of its size. Pieces smaller than a pointer are not kept.
  void give(void* memory, std::size_t bytes);
  /// The piece of exactly so many bytes that was given last; nullptr when there is none.
  void* take(std::size_t bytes);
  void forget() { lists_.clear(); }  ///< Forgets all pieces.

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
