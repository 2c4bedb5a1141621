#pragma once

#include <cstdint>
#include <string_view>

namespace unroll::inline v0 {

/// The cyclic redundancy check of Castagnoli (CRC-32C, RFC 3720, appendix B.4); 0xe3069283 of "123456789".
std::uint32_t crc32c(std::string_view bytes);

}  // namespace unroll::inline v0
