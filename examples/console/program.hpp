#pragma once

#include "console/output.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <variant>

namespace console {

/// The body of main: returns the exit code of `work`. When `work` throws, it writes the reason in one line to standard
/// error and returns 2 for wrong usage, 1 for input or output, 3 for a damaged or wrong file, 4 for a number that is
/// not finite or not as expected. A closed standard output is no failure: 0.
int run_program(const std::function<int()>& work);

/// What came of a program: its exit code, and "error: ..." with the reason when it has thrown.
struct Outcome {
  int code;
  std::string error = {};
};
/// As run_program, but writes nothing.
Outcome outcome_of(const std::function<int()>& work);

/// The main of a program with one command: `parse` turns the arguments behind its name into Options, or into the text
/// of --help, which this function writes; `run` returns the exit code.
template <class Options>
int run_program(int count, char** words, std::variant<Options, std::string> (*parse)(std::span<const char* const>),
                int (*run)(const Options&)) {
  return run_program([&] {
    const auto parsed = parse({words + 1, static_cast<std::size_t>(count > 0 ? count - 1 : 0)});
    if (const auto* const help = std::get_if<std::string>(&parsed)) return write_output(*help), 0;
    return run(std::get<Options>(parsed));
  });
}

}  // namespace console
