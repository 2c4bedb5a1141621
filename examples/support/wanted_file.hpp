#pragma once

#include <string>

namespace support {

/// Throws the unroll::IoError that write_if_wanted would throw now. Call it before the long work that makes the text.
void expect_wanted_file(const std::string& path);

/// Writes a file that a flag names, all of it or nothing; does nothing for an empty path, a flag that was not given.
/// Throws unroll::IoError.
void write_if_wanted(const std::string& path, const std::string& text);

}  // namespace support
