#include <unroll/models/records/crc32c.hpp>

#include <array>
#include <cstddef>

namespace unroll::inline v0 {

namespace {

// The remainder of each byte; 0x82f63b78 is Castagnoli's polynomial, its lowest power in the highest bit. zlib has only
// the other polynomial, and Debian 12 has no C++ library for this one.
constexpr auto remainders = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) remainder = (remainder >> 1U) ^ ((remainder & 1U) != 0 ? 0x82f63b78U : 0U);
    table[byte] = remainder;
  }
  return table;
}();

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t sum = ~0U;
  for (const char byte : bytes) sum = (sum >> 8U) ^ remainders[(sum ^ static_cast<unsigned char>(byte)) & 0xffU];
  return ~sum;
}

}  // namespace unroll::inline v0
