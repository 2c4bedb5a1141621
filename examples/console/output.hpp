#pragma once

#include <string>
#include <string_view>

namespace console {

/// Thrown when the reader of standard output has gone (`| head`): no failure, but the program has nothing left to do.
struct ClosedOutput {};

/// Writes to standard output at once. Throws ClosedOutput when its pipe is closed, and unroll::IoError with the
/// system's reason when it cannot be written (a full disk).
void write_output(std::string_view text);

/// "character_model: ": the name of the program, before each of its messages.
std::string message_prefix();

/// Writes one line to standard error, after the name of the program: "character_model: text". Never throws.
void write_message(std::string_view text);

/// Makes writing to a closed pipe an error of write() and not the end of the program.
void ignore_closed_pipes();

}  // namespace console
