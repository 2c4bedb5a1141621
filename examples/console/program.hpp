#pragma once

#include "console/output.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <variant>

namespace console {

/// What main does: gives the exit code of `work`, or, when it throws, says why in one line on standard error and gives
/// the code for that: 2 wrong usage, 1 input or output, 3 a file that is not what it should be, 4 a number that is not
/// what it should be. A reader of standard output who has gone is no failure: 0.
int run_program(const std::function<int()>& work);

/// The main of a program that is one command: `parse` makes Options of the arguments behind its name, or the text of
/// --help, which is written; `run` gives the exit code.
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
