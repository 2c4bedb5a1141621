#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

/// These functions make text from outside (the content of a file, names, arguments) fit for a message. They escape
/// control characters of both sets, bytes that are not UTF-8 and invisible marks of writing direction, so that a file
/// name cannot send commands to a terminal or reorder the words around it. They cut long text and count the bytes left
/// out. Every message passes such text through one of them.
namespace unroll::inline v0 {

/// In double quotes; at most the first 200 bytes.
std::string quoted(std::string_view text);
/// The same; a path beyond 500 bytes is cut in its middle, since its end names the file.
std::string quoted(const std::filesystem::path& path);
/// The same for a literal.
inline std::string quoted(const char* text) { return quoted(std::string_view(text)); }
/// The same for a string.
inline std::string quoted(const std::string& text) { return quoted(std::string_view(text)); }
/// The same. Without this overload std::quoted, found by argument-dependent lookup, would be the better match.
inline std::string quoted(std::string& text) { return quoted(std::string_view(text)); }

/// Without quotes, for text that is no name: a number, a piece of JSON; at most the first 100 bytes.
std::string printable(std::string_view text);

/// The same, of any length, for text that becomes data, such as a name in a file: were it cut, two could become one.
std::string escaped(std::string_view text);

/// Joins parts that are fit for a message. It counts those beyond 1000 bytes, "a, b and 40 more", but not the first.
std::string listed(std::span<const std::string> parts, std::string_view separator = ", ");

}  // namespace unroll::inline v0
