#include "character_model/output.hpp"

#include <unroll/framework/error.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace character_model {

void write_output(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      throw ClosedOutput{};
    } else if (errno != EINTR) {
      const int reason = errno;
      throw unroll::IoError(fmt::format("cannot write to standard output: {}", std::strerror(reason)));
    }
  }
}

void write_message(std::string_view text) {
  const std::string line = fmt::format("character_model: {}\n", text);
  // Nobody is left to tell when standard error itself fails.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace character_model
