#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

/// Text from outside (what a file holds, names, arguments), made fit for a message: control characters of both sets,
/// bytes that are not UTF-8 and invisible marks of writing direction are escaped, so that a file name cannot send
/// commands to a terminal or reorder the words around it, and what is long is cut and its bytes are counted. Every
/// message that has such text in it has it through one of these.
namespace unroll::inline v0 {

/// In double quotes; at most the first 200 bytes.
std::string quoted(std::string_view text);
/// The same; a path beyond 500 bytes is cut in its middle, since its end names the file.
std::string quoted(const std::filesystem::path& path);
inline std::string quoted(const char* text) { return quoted(std::string_view(text)); }
inline std::string quoted(const std::string& text) { return quoted(std::string_view(text)); }
// Without this one std::quoted, found by argument-dependent lookup, would be the better match.
inline std::string quoted(std::string& text) { return quoted(std::string_view(text)); }

/// Without quotes, for what is no name: a number, a piece of JSON; at most the first 100 bytes.
std::string printable(std::string_view text);

/// Parts that are fit for a message, one after the other; those beyond 1000 bytes are counted: "a, b and 40 more". The
/// first is always there.
std::string listed(std::span<const std::string> parts, std::string_view separator = ", ");

}  // namespace unroll::inline v0
