#include "support/catch.hpp"
#include "support/child.hpp"
#include <unroll/framework/memory/available_memory.hpp>

#include <sys/resource.h>

using namespace unroll;

TEST_CASE("bytes are printed in the largest unit") {
  CHECK(format_bytes(999) == "999 bytes");
  CHECK(format_bytes(37.2e9) == "37.2 GB");
  CHECK(format_bytes(1e21) == "1000000.0 PB");
}

#ifndef UNROLL_ADDRESS_SANITIZER  // which ends a process that may map no memory
TEST_CASE("a limit of address space counts") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_AS, &before) == 0);
  const rlimit none_left{.rlim_cur = 1, .rlim_max = before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_AS, &none_left) == 0);
  double available = -1;
  try {
    available = available_memory();
  } catch (...) {  // the limit is put back first, also when there is no memory to read the files with
  }
  ::setrlimit(RLIMIT_AS, &before);
  CHECK(available == 0);
}
#endif

TEST_CASE("some memory is available on the machine that runs this") { CHECK(available_memory() > 1e6); }
