#pragma once

#include <string>

namespace support {

/// Writes a file that a flag has named, all of it or nothing; an empty path is a flag that was not given. Throws
/// unroll::IoError.
void write_if_wanted(const std::string& path, const std::string& text);

}  // namespace support
