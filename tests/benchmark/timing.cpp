#include "benchmark/timing.hpp"

#include <unroll/ops/instruction_set.hpp>
#include <unroll/ops/kernels/lanes.hpp>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <vector>

namespace benchmark {

namespace {

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Multiply-adds a second that this core does now, in 10⁹ numbers: more sums in flight than one takes cycles.
double probe() {
  using Batch = xsimd::batch<float>;
  constexpr int sums = 12, rounds = 100000;
  Batch sum[sums];
  for (int i = 0; i < sums; ++i) sum[i] = Batch(1 + static_cast<float>(i));
  const Batch factor(.999f), summand(.001f);
  const double begin = seconds();
  for (int round = 0; round < rounds; ++round)
#pragma GCC unroll 12
    for (int i = 0; i < sums; ++i) sum[i] = xsimd::fma(sum[i], factor, summand);
  const double elapsed = seconds() - begin;
  // The sums go into the result, where they change nothing that is seen, so that the loop is not dropped.
  double total = 0;
  for (const Batch& one : sum) total += static_cast<double>(one.get(0));
  return rounds * sums * static_cast<double>(Batch::size) / elapsed / 1e9 + 1e-12 * total;
}

double median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  const std::size_t middle = numbers.size() / 2;
  return numbers.size() % 2 == 1 ? numbers[middle] : (numbers[middle - 1] + numbers[middle]) / 2;
}

double peak_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace

double resident_memory() {
  std::ifstream file("/proc/self/statm");
  double all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

void time_and_report(const Options& options, const std::string& flags, double base_memory,
                     const std::function<double()>& step) {
  double estimate = HUGE_VAL, first = 0, last = 0;
  for (std::size_t i = 0; i < options.warmup; ++i) {
    const double begin = seconds();
    last = step();
    estimate = std::min(estimate, seconds() - begin);
    if (i == 0) first = last;
  }
  const auto inner = std::max<long>(1, std::lround(std::floor(options.least_milliseconds * 1e-3 / estimate)));

  std::vector<double> milliseconds, probes{probe()};
  for (std::size_t repeat = 0; repeat < options.repeats; ++repeat) {
    const double begin = seconds();
    for (long i = 0; i < inner; ++i) last = step();
    milliseconds.push_back((seconds() - begin) * 1e3 / static_cast<double>(inner));
    probes.push_back(probe());
  }
  const double fast = 0.93 * *std::max_element(probes.begin(), probes.end());
  std::vector<double> clean;
  for (std::size_t i = 0; i < milliseconds.size(); ++i)
    if (std::min(probes[i], probes[i + 1]) > fast) clean.push_back(milliseconds[i]);
  const double result = median(clean.empty() ? milliseconds : clean);

  std::size_t tokens = 0;
  for (std::size_t n = 0; n < options.batch; ++n) tokens += length_of(options, n);
  fmt::print(R"({{"peer":"unroll","impl":"{}","flags":"{}","instructions":"{}","cell":"{}","layers":{},"hidden":{},)"
             R"("batch":{},"seq":{},"mode":"{}","lengths":"{}","direction":"{}","threads":{},"tokens_per_s":{:.1f},)"
             R"("ms_per_step":{:.4f},"ms_min":{:.4f},)"
             R"("ms_max":{:.4f},"peak_rss_mb":{:.1f},"base_rss_mb":{:.1f},"loss0":{:.4f},"loss":{:.4f},"repeats":{},)"
             R"("inner":{},"clean":{}}})"
             "\n",
             options.implementation, flags, unroll::instruction_set(), options.cell, options.layers, options.hidden,
             options.batch, options.steps, options.mode, options.lengths, options.direction, options.threads,
             static_cast<double>(tokens) / result * 1e3, result,
             *std::min_element(milliseconds.begin(), milliseconds.end()),
             *std::max_element(milliseconds.begin(), milliseconds.end()), peak_memory(), base_memory, first, last,
             options.repeats, inner, clean.size());
}

}  // namespace benchmark
