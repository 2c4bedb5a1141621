#pragma once

#include <cstddef>

namespace unroll::inline v0 {

/// How many processes of this program a launcher has started together, as it says in the environment: mpirun of Open
/// MPI or MPICH, or srun. 1 when none has.
std::size_t launched_processes();

}  // namespace unroll::inline v0
