#pragma once

#include <cstdint>

namespace unroll::inline v0 {

/// A number that no other call in this process gives, never 0: the version of a parameter's value, the generation of a
/// tape's recording. Equal numbers mean the same value or recording, wherever it is in memory.
std::uint64_t version_number();

}  // namespace unroll::inline v0
