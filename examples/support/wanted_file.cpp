#include "support/wanted_file.hpp"

#include <unroll/framework/atomic_file.hpp>

#include <span>

namespace support {

void write_if_wanted(const std::string& path, const std::string& text) {
  if (!path.empty()) unroll::write_atomically(path, std::as_bytes(std::span(text)));
}

}  // namespace support
