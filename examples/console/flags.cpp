#include "console/flags.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace console {

namespace {

/// The name in "--name=value".
std::string_view name_in(std::string_view argument) { return argument.substr(0, argument.find('=')); }

}  // namespace

Flags::Flags(const std::string& command, const std::string& description, const std::string& footer)
    : command_(command), app_(std::make_unique<CLI::App>(description, command)) {
  app_->footer(footer);
  app_->get_formatter()->column_width(28);
}

Flags::~Flags() = default;

std::string Flags::listed(std::span<const std::string_view> words) { return fmt::format("{}", fmt::join(words, ", ")); }

void Flags::add(const std::string& name, const std::string& type, const std::string& standard,
                const std::string& description, const Read& read) {
  flags_.push_back({.name = name, .type = type, .read = read, .value = std::nullopt});
  app_->add_option(name, CLI::callback_t(), description)->type_name(type)->default_str(standard);
}

void Flags::flag(const std::string& name, bool& target, const std::string& description) {
  flags_.push_back(
      {.name = name, .type = "", .read = [&target](const std::string&) { target = true; }, .value = std::nullopt});
  app_->add_flag(name, description);
}

void Flags::text(const std::string& name, const std::string& type, std::string& target,
                 const std::string& description) {
  add(name, type, target, description, [&target](const std::string& given) { target = given; });
}

void Flags::operand(const std::string& name, std::string& target, const std::string& description) {
  add(name, name, "", description, [&target](const std::string& given) { target = given; });
}

void Flags::whole(const std::string& name, std::uint64_t& target, std::uint64_t least, std::uint64_t most,
                  const std::string& description) {
  add(name, "N", fmt::format("{}", target), description,
      [&target, name, least, most](const std::string& given) { target = parse_whole(name, given, least, most); });
}

void Flags::whole(const std::string& name, std::optional<std::uint64_t>& target, std::uint64_t least,
                  std::uint64_t most, const std::string& description) {
  add(name, "N", "", description,
      [&target, name, least, most](const std::string& given) { target = parse_whole(name, given, least, most); });
}

void Flags::real(const std::string& name, double& target, const unroll::ArgumentRange& range,
                 const std::string& description) {
  add(name, "X", fmt::format("{}", target), description,
      [&target, name, range](const std::string& given) { target = parse_real(name, given, range); });
}

void Flags::real(const std::string& name, std::optional<double>& target, const unroll::ArgumentRange& range,
                 const std::string& description) {
  add(name, "X", "", description,
      [&target, name, range](const std::string& given) { target = parse_real(name, given, range); });
}

void Flags::real_or_off(const std::string& name, double& target, const unroll::ArgumentRange& range,
                        const std::string& description) {
  add(name, "X", fmt::format("{}", target), description, [&target, name, range](const std::string& given) {
    target = given == "off" ? std::numeric_limits<double>::infinity() : parse_real(name, given, range);
  });
}

std::optional<std::string> Flags::parse(std::span<const char* const> arguments) {
  while (!arguments.empty()) {
    const std::string_view argument = arguments.front();
    arguments = arguments.subspan(1);
    if (argument == "--help" || argument == "-h") return app_->help();
    if (Flag* const operand = operand_for(argument)) {
      take(*operand, std::string(argument));
      continue;
    }
    Flag& flag = known_flag(argument);
    const std::size_t equals = argument.find('=');
    const bool behind = equals != std::string_view::npos;
    if (flag.type.empty() && behind)
      refuse(fmt::format("{}: {} given, expected no value: it is on when it is there", flag.name,
                         unroll::quoted(argument.substr(equals + 1))));
    if (flag.type.empty())
      take(flag, "");
    else
      take(flag, behind ? std::string(argument.substr(equals + 1)) : value_behind(flag, arguments));
  }
  return std::nullopt;
}

Flags::Flag* Flags::operand_for(std::string_view argument) {
  if (argument.starts_with('-') && argument != "-") return nullptr;
  const auto found = std::ranges::find_if(flags_, [](const Flag& flag) { return !flag.name.starts_with('-'); });
  return found == flags_.end() ? nullptr : &*found;
}

Flags::Flag& Flags::known_flag(std::string_view argument) {
  if (!argument.starts_with('-'))
    refuse(fmt::format("{} stands alone, expected a flag before it", unroll::quoted(argument)));
  const std::string_view name = name_in(argument);
  const auto found = std::find_if(flags_.begin(), flags_.end(), [&](const Flag& flag) { return flag.name == name; });
  if (found != flags_.end()) return *found;
  std::vector<std::string_view> known{"--help"};
  for (const Flag& flag : flags_)
    if (flag.name.starts_with('-')) known.push_back(flag.name);
  refuse(fmt::format("unknown flag {}{}", unroll::quoted(name), did_you_mean(name, known)));
}

bool Flags::is_known(std::string_view argument) const {
  const std::string_view name = name_in(argument);
  return name == "--help" || (name.starts_with('-') && std::any_of(flags_.begin(), flags_.end(), [&](const Flag& flag) {
                                return flag.name == name;
                              }));
}

/// Takes the next argument from the front of `rest`.
std::string Flags::value_behind(const Flag& flag, std::span<const char* const>& rest) const {
  const std::string expected = fmt::format("expected a value: {} {}", flag.name, flag.type);
  if (rest.empty()) refuse(fmt::format("{}: nothing given, {}", flag.name, expected));
  const std::string value = rest.front();
  if (is_known(value))
    refuse(fmt::format("{}: the flag {} given, {} (or {}={} if that is meant)", flag.name, unroll::quoted(value),
                       expected, flag.name, flag.type));
  rest = rest.subspan(1);
  return value;
}

void Flags::take(Flag& flag, const std::string& value) const {
  if (flag.value && !flag.type.empty())
    refuse(fmt::format("{}: {} given after {}, expected one value: leave out one of the two", flag.name,
                       unroll::quoted(value), unroll::quoted(*flag.value)));
  flag.value = value;
  flag.read(value);
}

bool Flags::given(const std::string& name) const {
  return std::any_of(flags_.begin(), flags_.end(), [&](const Flag& flag) { return flag.name == name && flag.value; });
}

void Flags::require(const std::string& name, const std::string& value) const {
  if (!value.empty()) return;
  refuse(given(name) ? fmt::format("{}: \"\" given, expected a file", name) : fmt::format("{} is missing", name));
}

void Flags::refuse(const std::string& what) const {
  throw unroll::ArgumentError(fmt::format("{} (see {} --help)", what, command_));
}

}  // namespace console
