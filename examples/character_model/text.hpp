#pragma once

#include <unroll/framework/files/text_file.hpp>

#include <string>

namespace character_model {

using unroll::CharacterUnit;
using unroll::TextFile;

/// The text in a regular file, or on standard input when `path` is "-". Tells the user what is unusual about it. Throws
/// as unroll::TextFile does.
TextFile open_text(const std::string& path, CharacterUnit unit);

/// The same of a text on the command line, the value of a flag.
TextFile text_of(const std::string& flag, const std::string& value, CharacterUnit unit);

/// "'é' (U+00E9)", "'\n' (U+000A)", "(U+202E)": a character for a message, shown if it is visible.
std::string describe_character(char32_t character);

}  // namespace character_model
