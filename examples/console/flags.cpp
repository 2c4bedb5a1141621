#include "console/flags.hpp"

#include <unroll/framework/error.hpp>
#include <unroll/framework/quoted.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace console {

Flags::Flags(const std::string& command, const std::string& description, const std::string& footer)
    : command_(command), app_(description, command) {
  app_.footer(footer);
  app_.allow_extras();  // refuse_remaining() says more than CLI11 does
  app_.get_formatter()->column_width(28);
  names_.push_back("--help");
}

std::string Flags::listed(std::span<const std::string_view> words) { return fmt::format("{}", fmt::join(words, ", ")); }

void Flags::add(const std::string& name, const std::string& type, const std::string& standard,
                const std::string& description, const Read& read) {
  names_.push_back(name);
  app_.add_option_function<std::string>(name, read, description)->type_name(type)->default_str(standard);
}

void Flags::flag(const std::string& name, bool& target, const std::string& description) {
  names_.push_back(name);
  app_.add_flag(name, target, description);
}

void Flags::text(const std::string& name, const std::string& type, std::string& target,
                 const std::string& description) {
  add(name, type, target, description, [&target](const std::string& given) { target = given; });
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

void Flags::real(const std::string& name, double& target, const Interval& interval, const std::string& description) {
  add(name, "X", fmt::format("{}", target), description,
      [&target, name, interval](const std::string& given) { target = parse_real(name, given, interval); });
}

void Flags::real(const std::string& name, std::optional<double>& target, const Interval& interval,
                 const std::string& description) {
  add(name, "X", "", description,
      [&target, name, interval](const std::string& given) { target = parse_real(name, given, interval); });
}

void Flags::real_or_off(const std::string& name, double& target, const Interval& interval,
                        const std::string& description) {
  add(name, "X", fmt::format("{}", target), description, [&target, name, interval](const std::string& given) {
    target = given == "off" ? std::numeric_limits<double>::infinity() : parse_real(name, given, interval);
  });
}

std::optional<std::string> Flags::parse(std::span<const char* const> arguments) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
  try {
    app_.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return app_.help();
  } catch (const CLI::ParseError& error) {
    std::string message = error.what();
    std::replace(message.begin(), message.end(), '\n', ' ');
    throw unroll::ArgumentError(fmt::format("{} (see {} --help)", message, command_));
  }
  refuse_remaining();
  return std::nullopt;
}

void Flags::refuse_remaining() const {
  const std::vector<std::string> remaining = app_.remaining();
  if (remaining.empty()) return;
  const std::string& first = remaining.front();
  if (!first.starts_with('-'))
    throw unroll::ArgumentError(
        fmt::format("{} stands alone, expected a flag before it (see {} --help)", unroll::quoted(first), command_));
  const std::string_view name = std::string_view(first).substr(0, first.find('='));
  const std::vector<std::string_view> known(names_.begin(), names_.end());
  throw unroll::ArgumentError(
      fmt::format("unknown flag {}{} (see {} --help)", unroll::quoted(name), did_you_mean(name, known), command_));
}

void Flags::require(const std::string& name, const std::string& value) const {
  if (value.empty()) throw unroll::ArgumentError(fmt::format("{} is missing (see {} --help)", name, command_));
}

}  // namespace console
