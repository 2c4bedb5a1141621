#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace unroll::inline v0 {

/// Text from outside, made fit for a message: in double quotes, with control characters, bytes that are not UTF-8 and
/// invisible marks of writing direction escaped, so that a file name cannot send commands to a terminal or reorder the
/// words around it. Long text is cut, and the cut says how many bytes are left out.
std::string quoted(std::string_view text);
std::string quoted(const std::filesystem::path& path);
inline std::string quoted(const char* text) { return quoted(std::string_view(text)); }
inline std::string quoted(const std::string& text) { return quoted(std::string_view(text)); }
// Without this one std::quoted, found by argument-dependent lookup, would be the better match.
inline std::string quoted(std::string& text) { return quoted(std::string_view(text)); }

}  // namespace unroll::inline v0
