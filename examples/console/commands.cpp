#include "console/commands.hpp"

#include "console/parsing.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace console::detail {

namespace {

/// "train, evaluate or forecast"
std::string any_of(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += fmt::format("{}{}", i == 0 ? "" : i + 1 == names.size() ? " or " : ", ", names[i]);
  return text;
}

std::string help_of(const About& about, std::span<const std::string_view> names,
                    std::span<const std::string_view> texts) {
  std::size_t width = 0;
  for (const auto name : names) width = std::max(width, name.size());
  std::string help = about.text + "\n\n";
  for (std::size_t i = 0; i < names.size(); ++i)
    help += fmt::format("{} {} {:{}}  {}\n", i == 0 ? "usage:" : "      ", about.name, names[i], width, texts[i]);
  help += fmt::format("       {} COMMAND --help{:{}}  all flags of a command\n", about.name, "",
                      width > 14 ? width - 14 : 0);
  return help + fmt::format("       {} --version\n\n{}\n", about.name, about.footer);
}

}  // namespace

Choice choose(const About& about, std::span<const std::string_view> names, std::span<const std::string_view> texts,
              std::span<const char* const> arguments) {
  const std::string expected = fmt::format("expected {} (see {} --help)", any_of(names), about.name);
  if (arguments.empty()) throw unroll::ArgumentError("no command given, " + expected);
  const std::string_view first = arguments.front();
  if (first == "--help" || first == "-h" || first == "help") return {{}, {}, help_of(about, names, texts)};
  if (first == "--version") return {{}, {}, fmt::format("{} {}\n", about.name, about.version)};
  if (first.starts_with('-'))
    throw unroll::ArgumentError(fmt::format("{} given before a command, {}", unroll::quoted(first), expected));
  return {parse_word("command", first, names), arguments.subspan(1), ""};
}

}  // namespace console::detail
