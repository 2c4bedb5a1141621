#pragma once

#include "console/flags.hpp"
#include "console/output.hpp"
#include "console/processes.hpp"
#include <unroll/ops/product.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace console {

/// What a program says of itself.
struct About {
  std::string name, version;
  std::string text;      // the first part of --help: the task, and what to expect
  std::string footer{};  // the last part: exit codes
};

/// One of a program's commands, such as "train".
template <class Options>
struct Command {
  std::string name, description;
  std::function<void(Flags&, Options&)> flags;             // adds those of the command, which write into Options
  std::function<int(const Options&)> run;                  // returns the exit code
  std::function<void(const Flags&, Options&)> complete{};  // checks flags that belong together, once all are read
  bool is_for_every_process = false;                       // of those that mpirun has started; else the first alone
};

namespace detail {

/// What stands behind a program's name: a command, and the arguments behind it; or a text for standard output.
struct Choice {
  std::optional<std::size_t> command;
  std::span<const char* const> arguments;
  std::string text;
};

/// Throws unroll::ArgumentError for a command that is missing or unknown.
Choice choose(const About& about, std::span<const std::string_view> names, std::span<const std::string_view> texts,
              std::span<const char* const> arguments);

}  // namespace detail

/// Runs the command that the arguments behind a program's name ask for, and returns its exit code.
template <class Options>
int run_command(const About& about, const std::vector<Command<Options>>& commands,
                std::span<const char* const> arguments, const unroll::Communicator& processes = {}) {
  std::vector<std::string_view> names, texts;
  for (const auto& command : commands) names.push_back(command.name), texts.push_back(command.description);
  const detail::Choice choice = detail::choose(about, names, texts, arguments);
  if (!choice.command) return write_output(choice.text), 0;
  const Command<Options>& command = commands[*choice.command];
  if (!processes.is_first() && !command.is_for_every_process) return 0;

  Options options;
  Flags flags(about.name + " " + command.name, command.description, about.footer);
  command.flags(flags, options);
  if (const auto help = flags.parse(choice.arguments)) return write_output(*help), 0;
  if (command.complete) command.complete(flags, options);
  unroll::set_product_threads(1);  // threads share out parts of batches, so that any number of them gives the same bits
  if constexpr (requires { options.training.communicator; }) options.training.communicator = processes;
  return command.run(options);
}

/// The main of a program with several commands, which mpirun may start in several processes (processes.hpp).
template <class Options>
int run_commands(int& count, char**& words, const About& about, const std::vector<Command<Options>>& commands) {
  return run_processes(count, words, [&](const unroll::Communicator& processes) {
    return run_command(about, commands, {words + 1, static_cast<std::size_t>(count > 0 ? count - 1 : 0)}, processes);
  });
}

}  // namespace console
