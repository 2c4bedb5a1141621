// Times the library beside its peers: it takes their command line and prints their line of JSON.
#include "benchmark/model.hpp"
#include "benchmark/timing.hpp"
#include <unroll/ops/product.hpp>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  const double base_memory = benchmark::resident_memory();
  const auto options = benchmark::parse(argc, argv);
  const bool custom = options.implementation == "custom";
  try {
    unroll::set_product_threads(1);  // the threads share the batch
    const unroll::FlushDenormals flush;
    benchmark::time_and_report(options, custom ? BENCHMARK_CUSTOM_FLAGS : BENCHMARK_LIBRARY_FLAGS, base_memory,
                               custom ? benchmark::make_custom_step(options) : benchmark::make_builtin_step(options));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "benchmark: %s\n", error.what());
    return 1;
  }
}
