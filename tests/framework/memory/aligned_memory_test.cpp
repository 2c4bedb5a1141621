#include "support/catch.hpp"
#include "support/child.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/memory/aligned_memory.hpp>

#include <cstdint>
#include <new>

using namespace unroll;
using Catch::Matchers::Contains;

TEST_CASE("memory begins where it was asked to") {
  for (const std::size_t alignment : {16u, 64u, 4096u})
    for (const std::size_t bytes : {1u, 100u, 100000u}) {
      std::byte* const memory = detail::allocate_aligned(bytes, alignment);
      CHECK(reinterpret_cast<std::uintptr_t>(memory) % alignment == 0);
      ::operator delete (memory, std::align_val_t{alignment});
    }
}

#ifndef UNROLL_ADDRESS_SANITIZER  // whose allocator ends the program
TEST_CASE("memory that the machine does not give is an Error that says how much was asked") {
  CHECK_THROWS_WITH(detail::allocate_aligned(std::size_t{1} << 60, 64),
                    Contains("1152921504606846976 bytes were asked for, and this machine does not give so many"));
}
#endif
