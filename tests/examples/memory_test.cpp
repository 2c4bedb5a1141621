#include "character_model/memory.hpp"

#include "support/catch.hpp"
#include <unroll/framework/error.hpp>

#include <sys/resource.h>

#include <cmath>

using namespace character_model;
using Catch::Contains;

TEST_CASE("bytes are printed in the largest unit") {
  CHECK(format_bytes(999) == "999 bytes");
  CHECK(format_bytes(37.2e9) == "37.2 GB");
  CHECK(format_bytes(1e21) == "1000000.0 PB");
}

TEST_CASE("the weights alone count their copies") {
  const Settings settings{.hidden = 10, .embedding = 4};
  const double weights = 4 * parameter_count(settings, 20);
  CHECK(running_memory(settings, 20, 1, 1).parameters >= weights);
  CHECK(training_memory(settings, 20, 1, 1, 2).parameters >= 5 * weights);
  CHECK(training_memory(settings, 20, 8, 16, 1).activations
        == 128 * training_memory(settings, 20, 1, 1, 1).activations);
}

TEST_CASE("the largest settings do not overflow, and are refused") {
  const Settings largest{.layers = most_layers, .hidden = most_hidden, .embedding = most_hidden};
  const MemoryNeeds needs = training_memory(largest, Vocabulary::max_size, most_batch, most_steps, most_threads);
  CHECK(std::isfinite(needs.total()));
  CHECK_THROWS_AS(expect_memory(needs, 24e9), unroll::ArgumentError);
  CHECK_THROWS_WITH(expect_memory(needs, 24e9), Contains("24.0 GB are available") && Contains("lower --batch"));
}

TEST_CASE("the message names what to lower") {
  CHECK_THROWS_WITH(expect_memory({.parameters = 2e9, .activations = 1e9}, 1e9),
                    Contains("about 3.0 GB") && Contains("lower --hidden"));
  CHECK_NOTHROW(expect_memory({.parameters = 2e9, .activations = 1e9}, 3e9));
}

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

TEST_CASE("some memory is available on the machine that runs this") { CHECK(available_memory() > 1e6); }
