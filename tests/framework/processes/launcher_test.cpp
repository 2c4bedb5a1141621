#include "support/catch.hpp"
#include <unroll/framework/processes/launcher.hpp>

#include <cstdlib>

using namespace unroll;

TEST_CASE("a launcher says how many processes it has started, and without one there is one") {
  const char* const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};
  for (const char* name : names) ::unsetenv(name);
  CHECK(launched_processes() == 1);
  for (const char* name : names) {
    ::setenv(name, "4", 1);
    CHECK(launched_processes() == 4);
    ::setenv(name, "nonsense", 1);
    CHECK(launched_processes() == 1);
    ::unsetenv(name);
  }
}
