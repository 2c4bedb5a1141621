#pragma once

#include <string>

namespace support {

/// Throws the unroll::IoError that write_if_wanted would throw now: to be asked before the work for its text is done.
void expect_wanted_file(const std::string& path);

/// Writes a file that a flag has named, all of it or nothing; an empty path is a flag that was not given. Throws
/// unroll::IoError.
void write_if_wanted(const std::string& path, const std::string& text);

}  // namespace support
