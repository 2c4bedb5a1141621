#pragma once

#include "support/evil.hpp"
#include <unroll/framework/errors/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

/// What all fuzz targets ask of a reader: it reads, or it refuses with the right kind of error and a message that can
/// be printed. Anything else ends the program, which is how a target tells what it has found.
namespace fuzzing {

[[noreturn]] inline void found(std::string_view what, std::string_view detail) {
  std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(what.size()), what.data(), static_cast<int>(detail.size()),
               detail.data());
  std::abort();
}

inline void expect(bool holds, std::string_view what) {
  if (!holds) found("does not hold", what);
}

/// What a terminal prints and a person reads: a line, or some lists of a thousand bytes.
inline void expect_printable(std::string_view message) {
  if (const auto fault = evil::fault_of(message)) found("a message that is not fit for a terminal: " + *fault, message);
}

/// Does the work, which may throw an Allowed.
template <class Allowed>
void read_or_refuse(auto&& work) {
  try {
    work();
  } catch (const Allowed& error) {
    expect_printable(error.what());
  }
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace fuzzing
