#include "character_model/input.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/input_file.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace character_model {

namespace {

std::string read_standard_input(std::uint64_t limit) {
  constexpr std::size_t piece = 1 << 20;
  std::string bytes;
  while (bytes.size() <= limit) {
    const std::size_t before = bytes.size();
    bytes.resize(before + piece);
    const ssize_t got = ::read(STDIN_FILENO, bytes.data() + before, piece);
    const int reason = errno;
    bytes.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return bytes;
    if (got < 0 && reason != EINTR)
      throw unroll::IoError(fmt::format("cannot read standard input: {}", std::strerror(reason)));
  }
  throw unroll::IoError(fmt::format("cannot read standard input: more than {} bytes, the limit for a text", limit));
}

}  // namespace

std::string read_input(const std::string& path, std::uint64_t limit) {
  return path == "-" ? read_standard_input(limit) : unroll::read_file(path, limit);
}

}  // namespace character_model
