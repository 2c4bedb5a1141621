#include "console/commands.hpp"
#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>

#include <vector>

using Catch::Contains;

namespace {

struct Options {
  std::uint64_t steps = 1;
  struct {
    unroll::Communicator communicator = {};
  } training;
};

/// A program that writes down which of its commands has run, and with how many steps.
struct Program {
  std::string ran;
  std::vector<console::Command<Options>> commands{
      {.name = "train",
       .description = "learns",
       .flags = [](console::Flags& flags,
                   Options& options) { flags.whole("--steps", options.steps, 1, 9, "how many"); },
       .run =
           [this](const Options& options) {
             ran = "train " + std::to_string(options.steps) + " of "
                   + std::to_string(options.training.communicator.processes());
             return 3;
           },
       .complete =
           [](const console::Flags& flags, Options& options) {
             if (!flags.given("--steps")) options.steps = 7;
           },
       .is_for_every_process = true},
      {.name = "evaluate",
       .description = "judges",
       .flags = [](console::Flags&, Options&) {},
       .run = [this](const Options&) { return ran = "evaluate", 0; }}};

  int run(const std::vector<const char*>& arguments, const unroll::Communicator& processes = {}) {
    return run_command<Options>({.name = "tool", .version = "1.2", .text = "tool: a tool", .footer = "the end"},
                                commands, arguments, processes);
  }
  std::string refusal(const std::vector<const char*>& arguments) {
    return message_of<unroll::ArgumentError>([&] { run(arguments); });
  }
};

}  // namespace

TEST_CASE("the first argument chooses the command, whose exit code is the program's") {
  Program program;
  CHECK(program.run({"train", "--steps=4"}) == 3);
  CHECK(program.ran == "train 4 of 1");
  CHECK(program.run({"evaluate"}) == 0);
  CHECK(program.ran == "evaluate");
}

TEST_CASE("a command completes its options once all flags are read") {
  Program program;
  program.run({"train"});
  CHECK(program.ran == "train 7 of 1");
}

TEST_CASE("a command that is missing, misspelled or behind a flag is refused with those that there are") {
  Program program;
  CHECK(program.refusal({}) == "no command given, expected train or evaluate (see tool --help)");
  CHECK_THAT(program.refusal({"trian"}),
             Contains("\"trian\"") && Contains("train, evaluate") && Contains("did you mean"));
  CHECK(program.refusal({"--steps=4", "train"})
        == "\"--steps=4\" given before a command, expected train or evaluate (see tool --help)");
  CHECK_THAT(program.refusal({"evaluate", "--steps=4"}), Contains("tool evaluate --help"));
  CHECK(program.ran.empty());
}

TEST_CASE("of several processes only the first runs a command that is not for all") {
  Program program;
  const unroll::Communicator second(1, 2, {.exchange = [](auto, auto) {}});
  CHECK(program.run({"evaluate"}, second) == 0);
  CHECK(program.ran.empty());
  CHECK(program.run({"train", "--steps=2"}, second) == 3);
  CHECK(program.ran == "train 2 of 2");
}

TEST_CASE("help says what the program is, its commands and its exit codes") {
  const std::vector<std::string_view> names{"train", "evaluate"}, texts{"learns", "judges"};
  const console::About about{.name = "tool", .version = "1.2", .text = "tool: a tool", .footer = "the end"};
  const auto chosen = [&](const char* argument) {
    const std::vector arguments{argument};
    return console::detail::choose(about, names, texts, arguments);
  };
  for (const char* const argument : {"--help", "-h", "help"})
    CHECK(chosen(argument).text ==
          "tool: a tool\n\n"
          "usage: tool train     learns\n"
          "       tool evaluate  judges\n"
          "       tool COMMAND --help  all flags of a command\n"
          "       tool --version\n\nthe end\n");
  CHECK(chosen("--version").text == "tool 1.2\n");
  CHECK_FALSE(chosen("--help").command);
}
