#pragma once

#include <cstdint>

namespace unroll::inline v0 {

/// A number that no other call in this process gives, never 0: the version of a parameter's value, the generation of a
/// tape's recording. Two things with the same number are the same thing, wherever they are in memory.
std::uint64_t unique_number();

}  // namespace unroll::inline v0
