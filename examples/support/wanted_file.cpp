#include "support/wanted_file.hpp"

#include <unroll/framework/files/atomic_file.hpp>

#include <cstdint>
#include <span>

namespace support {

void expect_wanted_file(const std::string& path) {
  constexpr std::uint64_t least = 4096;  // no page or table is smaller, and a full disk does not have this much
  if (!path.empty()) unroll::expect_writable(path, least);
}

void write_if_wanted(const std::string& path, const std::string& text) {
  if (!path.empty()) unroll::write_atomically(path, std::as_bytes(std::span(text)));
}

}  // namespace support
