#include "console/output.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace console {

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

std::string message_prefix() { return unroll::printable(::program_invocation_short_name) + ": "; }

void write_message(std::string_view text) {
  const std::string line = fmt::format("{}{}\n", message_prefix(), text);
  // When standard error itself fails, there is nowhere to report it.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

void ignore_closed_pipes() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // beyond a limit on file size, write() fails as on a full disk
}

}  // namespace console
