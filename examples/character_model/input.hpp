#pragma once

#include <cstdint>
#include <string>

namespace character_model {

/// The most bytes that read_input accepts: tokens take four bytes a character besides the text itself.
inline constexpr std::uint64_t text_limit = std::uint64_t{4} << 30;

/// All bytes of a regular file, or of standard input when `path` is "-". Throws unroll::IoError with the system's
/// reason, for any other kind of file (a directory, a pipe that might never end), and for more than `limit` bytes.
std::string read_input(const std::string& path, std::uint64_t limit = text_limit);

}  // namespace character_model
