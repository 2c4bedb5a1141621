#include <unroll/framework/processes/launcher.hpp>

#include <algorithm>
#include <cstdlib>

namespace unroll::inline v0 {

std::size_t launched_processes() {
  std::size_t most = 1;
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"})
    if (const char* const text = std::getenv(name))
      most = std::max(most, static_cast<std::size_t>(std::strtoul(text, nullptr, 10)));
  return most;
}

}  // namespace unroll::inline v0
