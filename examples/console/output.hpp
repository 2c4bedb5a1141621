#pragma once

#include <string_view>

namespace console {

/// The reader of standard output has gone (`| head`): nothing is wrong, and there is nothing more to do.
struct ClosedOutput {};

/// Writes to standard output at once. Throws ClosedOutput when its pipe is closed, and unroll::IoError with the
/// system's reason when it cannot be written (a full disk).
void write_output(std::string_view text);

/// Writes one line to standard error, after the name of the program: "character_model: text". Never throws.
void write_message(std::string_view text);

/// Writing to a closed pipe becomes an error of write(), not the end of the program.
void ignore_closed_pipes();

}  // namespace console
