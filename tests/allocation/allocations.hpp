#pragma once

#include <cstddef>

/// Counts what goes to the heap, from any thread: allocations.cpp replaces operator new, malloc, calloc, realloc,
/// aligned_alloc and posix_memalign of the program that it is linked into.
class AllocationCount {
 public:
  AllocationCount();
  /// Allocations since the test made this object: those of the program without the matrix library, and the library's.
  std::size_t since() const;
  std::size_t by_matrix_library() const;

 private:
  std::size_t before_, matrix_library_before_;
};

// Calls that no optimizer leaves out.
void* allocate_with_malloc(std::size_t bytes);
void* allocate_with_posix_memalign(std::size_t bytes);
