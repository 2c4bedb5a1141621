#pragma once

#include <string_view>

namespace character_model {

/// The reader of standard output has gone (`| head`): nothing is wrong, and there is nothing more to do.
struct ClosedOutput {};

/// Writes to standard output at once. Throws ClosedOutput when its pipe is closed, and unroll::IoError with the
/// system's reason when it cannot be written (a full disk).
void write_output(std::string_view text);

/// Writes one line to standard error: "character_model: text". Never throws.
void write_message(std::string_view text);

}  // namespace character_model
