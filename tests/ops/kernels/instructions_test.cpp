#include "support/catch.hpp"
#include <unroll/ops/instruction_set.hpp>
#include <unroll/ops/kernels/instructions.hpp>

using namespace unroll;

// A program for any machine (the portable build) is compiled for fewer than the best library that the loader takes.
#ifdef UNROLL_TESTS_NATIVE
TEST_CASE("the instructions of this source are those of the library, but for a register's last extension") {
  const std::string name = Instructions::name();
  const std::string_view library = instruction_set();
  CAPTURE(name, library);
  // Tests that are not optimized have avx512dq where the library has avx512bw (GCC bug; instructions.hpp).
  CHECK((library == name || (library == "avx512bw" && name == "avx512dq")));
}
#endif

TEST_CASE("a register holds numbers side by side, as many as its bits have room for") {
  CHECK(xsimd::batch<float, Instructions>::size == 2 * xsimd::batch<double, Instructions>::size);
  CHECK(xsimd::batch<float, Instructions>::size * sizeof(float) >= 16);
}
