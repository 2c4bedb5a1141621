#include "support/catch.hpp"
#include <unroll/ops/instruction_set.hpp>
#include <unroll/ops/kernels/instructions.hpp>

using namespace unroll;

TEST_CASE("the library in use knows the instructions that these tests are compiled for, or more", "[instruction_set]") {
  unsigned version = 0;  // xsimd numbers them, the best last
  xsimd::all_architectures::for_each([&](auto arch) {
    if (instruction_set() == arch.name()) version = arch.version();
  });
  CAPTURE(instruction_set());
  CHECK(version >= Instructions::version());
}
