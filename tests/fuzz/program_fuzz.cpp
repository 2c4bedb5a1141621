#include "program/judge.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

// Bytes are a random small program of ops; the tape is compared with forward mode, and with an evaluation on paper.
// Without libFuzzer there is a main that makes the bytes itself (program_loop.cpp).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzzing::Program program = fuzzing::decode({data, size});
  if (const auto what = fuzzing::disagreement(program)) {
    std::fprintf(stderr, "%s\n%s", what->c_str(), fuzzing::to_string(program).c_str());
    std::abort();
  }
  return 0;
}
