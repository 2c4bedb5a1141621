#include "console/flags.hpp"
#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>

#include <vector>

using Catch::Contains;
using console::Flags;

namespace {

/// A program with a flag of each kind, after it has read its arguments.
struct Tool {
  std::string prompt = "as before", model = "m";
  std::uint64_t seed = 1;
  bool echo = false;
  Flags flags{"tool", "A tool."};
  std::optional<std::string> help;

  explicit Tool(const std::vector<const char*>& arguments) {
    flags.text("--prompt", "TEXT", prompt, "text");
    flags.text("--model", "FILE", model, "file");
    flags.whole("--seed", seed, 0, 9, "number");
    flags.flag("--echo", echo, "say it");
    help = flags.parse(arguments);
  }
  Tool(const Tool&) = delete;  // its flags refer to it
  Tool& operator=(const Tool&) = delete;
};

std::string refusal(const std::vector<const char*>& arguments) {
  return message_of<unroll::ArgumentError>([&] { Tool tool(arguments); });
}

}  // namespace

TEST_CASE("a value stands behind an equals sign or as the next argument") {
  const Tool tool({"--prompt=a=b", "--seed", "5", "--echo"});
  CHECK(tool.prompt == "a=b");
  CHECK(tool.seed == 5);
  CHECK(tool.echo);
  CHECK(tool.model == "m");
  CHECK((tool.flags.given("--echo") && tool.flags.given("--seed") && !tool.flags.given("--model")));
}

TEST_CASE("a value may be empty, begin with a dash or stand in brackets, and is never split") {
  CHECK(Tool({"--prompt="}).prompt.empty());
  CHECK(Tool({"--prompt", ""}).prompt.empty());
  const Tool followed({"--prompt=", "--seed", "5"});  // the flag behind is not the value
  CHECK(followed.prompt.empty());
  CHECK(followed.seed == 5);
  CHECK(Tool({"--prompt", "-x"}).prompt == "-x");
  CHECK(Tool({"--prompt=--seed"}).prompt == "--seed");
  CHECK(Tool({"--prompt", "[a, b]"}).prompt == "[a, b]");
  CHECK(Tool({"--prompt", "a,b c"}).prompt == "a,b c");
}

TEST_CASE("a flag that is given twice is refused with both values, and one without a value may be repeated") {
  CHECK(refusal({"--seed", "1", "--seed=2"})
        == "--seed: \"2\" given after \"1\", expected one value: leave out one of the two (see tool --help)");
  CHECK_THAT(refusal({"--prompt=", "--prompt=\x1b[31m"}), Contains(R"("\x1b[31m" given after "", expected one)"));
  CHECK(Tool({"--echo", "--echo"}).echo);
}

TEST_CASE("a value that is missing is named, also when a flag stands in its place") {
  CHECK(refusal({"--seed"}) == "--seed: nothing given, expected a value: --seed N (see tool --help)");
  CHECK(refusal({"--model", "--echo"})
        == "--model: the flag \"--echo\" given, expected a value: --model FILE (or --model=FILE if that is meant) (see "
           "tool --help)");
  CHECK_THAT(refusal({"--model", "--seed=3"}), Contains("the flag \"--seed=3\" given"));
  CHECK_THAT(refusal({"--model", "--help"}), Contains("the flag \"--help\" given"));
}

TEST_CASE("a flag without a value takes none") {
  CHECK(refusal({"--echo=maybe\x1b"})
        == R"(--echo: "maybe\x1b" given, expected no value: it is on when it is there (see tool --help))");
}

TEST_CASE("what is no flag is named, with the one that may be meant") {
  CHECK_THAT(refusal({"--sed=5"}), Contains(R"(unknown flag "--sed" (did you mean --seed?))"));
  CHECK_THAT(refusal({"-x"}), Contains(R"(unknown flag "-x" (see)"));
  CHECK_THAT(refusal({"--"}), Contains(R"(unknown flag "--" (see)"));
  CHECK_THAT(refusal({"alone"}), Contains(R"("alone" stands alone, expected a flag before it)"));
}

TEST_CASE("an argument that stands alone goes to the operand, if there is one, and only one does") {
  std::string file, model;
  Flags flags("tool", "A tool.");
  flags.operand("FILE", file, "what to read");
  flags.text("--model", "FILE", model, "file");
  const std::vector<const char*> both{"--model", "FILE", "-"}, two{"a", "b"}, other{"--FILE"}, help{"--help"};
  CHECK_THROWS_AS(flags.require("FILE", file), unroll::ArgumentError);
  CHECK_FALSE(flags.parse(both));
  CHECK(file == "-");
  CHECK(model == "FILE");
  CHECK_THAT(message_of<unroll::ArgumentError>([&] { flags.parse(two); }), Contains("FILE: \"a\" given after \"-\""));
  CHECK_THAT(message_of<unroll::ArgumentError>([&] { flags.parse(other); }), Contains("unknown flag \"--FILE\" (see"));
  CHECK_THAT(flags.parse(help).value_or(""), Contains("FILE") && Contains("what to read"));
}

TEST_CASE("help is text, in either spelling") {
  CHECK_THAT(Tool({"--help"}).help.value_or(""), Contains("--seed N=1") && Contains("A tool."));
  CHECK(Tool({"--echo", "-h"}).help.has_value());
  CHECK_FALSE(Tool({}).help.has_value());
}

TEST_CASE("a value that must be there is asked for, and an empty one is none") {
  CHECK(message_of<unroll::ArgumentError>([] { Tool({}).flags.require("--text", ""); })
        == "--text is missing (see tool --help)");
  CHECK(message_of<unroll::ArgumentError>([] {
          const Tool tool({"--model="});
          tool.flags.require("--model", tool.model);
        })
        == "--model: \"\" given, expected a file (see tool --help)");
  CHECK_NOTHROW(Tool({}).flags.require("--model", "m"));
}
