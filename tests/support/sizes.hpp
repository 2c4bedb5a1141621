#pragma once

#include "support/catch.hpp"
#include "support/child.hpp"
#include <unroll/framework/errors/error.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

/// Functions given sizes that were computed wrong: each must return the right result or throw an error of the library.
/// It must not crash, hang, let std::bad_alloc out, or return a wrong result.
namespace unroll::testing {

/// 0, 1, beyond an int, beyond an unsigned int with lowest bits of 1, a number that times 4 is 0, and -1 itself.
inline constexpr std::array<std::size_t, 6> sizes{
    0, 1, std::size_t{1} << 31, (std::size_t{1} << 32) + 1, std::size_t{1} << 62, ~std::size_t{0}};

/// A use of a function with a size, which tells whether the result is right, and the expected outcome for each of
/// `sizes`, one letter each: '.' a right result, 'x' an error of the library that names the size, 'm' the Error for
/// memory that the machine lacks. Other outcomes: 'w' a wrong result, '?' another exception, '!' a crash or hang.
struct SizeUse {
  std::string name, expected;
  std::function<bool(std::size_t)> is_right;
};

namespace detail {

inline char outcome_of(const SizeUse& use, std::size_t size, std::string& message) {
  try {
    return use.is_right(size) ? '.' : 'w';
  } catch (const Error& error) {
    message = error.what();
    return typeid(error) == typeid(Error) && message.find("bytes") != std::string::npos ? 'm' : 'x';
  } catch (const std::exception& other) {
    message = std::string(typeid(other).name()) + ": " + other.what();
    return '?';
  }
}

#if !defined(UNROLL_ADDRESS_SANITIZER) && !defined(__SANITIZE_THREAD__)
constexpr bool memory_may_be_refused = true;
constexpr unsigned seconds_before_it_hangs = 20;

/// Limits this process to a gigabyte more.
inline void limit_memory() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit limit{};
  ::getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + (std::size_t{1} << 30);
  ::setrlimit(RLIMIT_AS, &limit);
}
#else
constexpr bool memory_may_be_refused = false;  // a sanitizer's allocator ends the program
constexpr unsigned seconds_before_it_hangs = 120;
inline void limit_memory() {}
#endif

/// Writes a line for each size: a letter, the size and the message.
inline int run_uses(const SizeUse& use, int to) {
  limit_memory();
  ::alarm(seconds_before_it_hangs);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    std::string message;
    const bool skipped = !memory_may_be_refused && use.expected.at(i) == 'm';
    const char outcome = skipped ? 'm' : outcome_of(use, sizes[i], message);
    std::replace(message.begin(), message.end(), '\n', ' ');
    const std::string line = outcome + std::to_string(sizes[i]) + ": " + message.substr(0, 300) + "\n";
    if (::write(to, line.data(), line.size()) < 0) return 1;
  }
  return 0;
}

inline std::string all_from(int descriptor) {
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t count = 0; (count = ::read(descriptor, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  return text;
}

}  // namespace detail

/// Runs each use in a process of its own, which may be killed, and checks its outcomes.
inline void expect_outcomes(const std::vector<SizeUse>& uses) {
  for (const SizeUse& use : uses) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const int status = status_of_child([&] { return detail::run_uses(use, ends[1]); });
    ::close(ends[1]);
    const std::string report = detail::all_from(ends[0]);
    ::close(ends[0]);
    std::string found;
    for (std::size_t line = 0; line < report.size(); line = report.find('\n', line) + 1) found += report[line];
    if (status != 0) found += '!';
    INFO(report);
    CHECK(use.name + " " + found == use.name + " " + use.expected);
  }
}

}  // namespace unroll::testing
