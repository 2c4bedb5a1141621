#include <unroll/framework/memory/available_memory.hpp>

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>

namespace unroll::inline v0 {

namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

/// The number after `key` in a file of lines "key number ..."; the first number when `key` is empty.
double number_in(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    if (key.empty()) return word.find_first_not_of("0123456789") == std::string::npos ? std::stod(word) : unlimited;
    double number = 0;
    if (word == key && file >> number) return number;
  }
  return unlimited;
}

/// The bytes that `ulimit -v` leaves. Past this limit OpenBLAS waits for memory forever instead of failing.
double left_of_address_space() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return unlimited;
  const double used = 1024 * number_in("/proc/self/status", "VmSize:");
  return std::max(0.0, static_cast<double>(limit.rlim_cur) - std::min(used, static_cast<double>(limit.rlim_cur)));
}

}  // namespace

double available_memory() {
  const double machine = 1024 * number_in("/proc/meminfo", "MemAvailable:");
  const double limit = number_in("/sys/fs/cgroup/memory.max", "");
  const double used = number_in("/sys/fs/cgroup/memory.stat", "anon");  // memory.current also counts caches
  const double group = limit < unlimited && used < unlimited ? std::max(0.0, limit - used) : unlimited;
  return std::min({machine, group, left_of_address_space()});
}

std::string format_bytes(double bytes) {
  constexpr std::array<const char*, 6> units{"bytes", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  while (bytes >= 1000 && unit + 1 < units.size()) {
    bytes /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{:.0f} bytes", bytes) : fmt::format("{:.1f} {}", bytes, units[unit]);
}

}  // namespace unroll::inline v0
