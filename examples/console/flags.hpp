#pragma once

#include "console/parsing.hpp"

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace console {

/// The flags of one command, such as "character_model train", and the text at the end of its help. CLI11 writes the
/// help; this class splits the arguments and parsing.hpp reads the values, since CLI11 takes the flag behind
/// "--prompt=" for its value, -5 for 2^64 - 5, 0x10 for 16 and nan for a number. Targets must outlive this object.
///
/// A flag's value follows an equals sign or is the next argument; it may be empty, and a value that looks like a flag
/// needs the equals sign. A flag with a value may be given once; a flag without may be repeated.
class Flags {
 public:
  Flags(const std::string& command, const std::string& description, const std::string& footer = "");
  ~Flags();

  void flag(const std::string& name, bool& target, const std::string& description);
  void text(const std::string& name, const std::string& type, std::string& target, const std::string& description);
  /// An argument that stands alone, such as a file to read or "-"; its name has no dash.
  void operand(const std::string& name, std::string& target, const std::string& description);
  void whole(const std::string& name, std::uint64_t& target, std::uint64_t least, std::uint64_t most,
             const std::string& description);
  void whole(const std::string& name, std::optional<std::uint64_t>& target, std::uint64_t least, std::uint64_t most,
             const std::string& description);
  void real(const std::string& name, double& target, const unroll::ArgumentRange& range,
            const std::string& description);
  void real(const std::string& name, std::optional<double>& target, const unroll::ArgumentRange& range,
            const std::string& description);
  /// A number, or "off" for infinity.
  void real_or_off(const std::string& name, double& target, const unroll::ArgumentRange& range,
                   const std::string& description);
  /// One of `words`: the target gets the word itself, or the enumerator of its index.
  template <class Target>
  void word(const std::string& name, const std::string& type, Target& target, std::span<const std::string_view> words,
            const std::string& description) {
    std::string current;
    if constexpr (std::same_as<Target, std::string>)
      current = target;
    else
      current = words[static_cast<std::size_t>(target)];
    add(name, type, current, description + ": " + listed(words), [&target, words, name](const std::string& given) {
      const std::size_t index = parse_word(name, given, words);
      if constexpr (std::same_as<Target, std::string>)
        target = words[index];
      else
        target = static_cast<Target>(index);
    });
  }

  /// Reads the arguments into the targets; returns the text of --help if that is among them. Throws
  /// unroll::ArgumentError.
  std::optional<std::string> parse(std::span<const char* const> arguments);
  /// Whether a flag of this name was among the arguments.
  bool given(const std::string& name) const;
  /// Throws unroll::ArgumentError when the value is empty: the flag has no default and was not given, or it was given
  /// an empty value.
  void require(const std::string& name, const std::string& value) const;

 private:
  using Read = std::function<void(const std::string&)>;
  struct Flag {
    std::string name, type;  // the type is the help's name for the value; empty: the flag takes none
    Read read;
    std::optional<std::string> value;  // among the arguments
  };

  void add(const std::string& name, const std::string& type, const std::string& standard,
           const std::string& description, const Read& read);
  Flag& known_flag(std::string_view argument);
  Flag* operand_for(std::string_view argument);
  bool is_known(std::string_view argument) const;
  std::string value_behind(const Flag& flag, std::span<const char* const>& rest) const;
  void take(Flag& flag, const std::string& value) const;
  [[noreturn]] void refuse(const std::string& what) const;
  static std::string listed(std::span<const std::string_view> words);

  std::string command_;
  std::unique_ptr<CLI::App> app_;  // for its help, and behind a pointer since CLI11 takes seconds to compile
  std::vector<Flag> flags_;
};

}  // namespace console
