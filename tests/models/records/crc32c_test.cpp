#include "support/catch.hpp"
#include <unroll/models/records/crc32c.hpp>

#include <string>

using unroll::crc32c;

TEST_CASE("CRC-32C gives the values of RFC 3720", "[crc32c]") {
  CHECK(crc32c("123456789") == 0xe3069283U);
  CHECK(crc32c("") == 0);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aaU);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43U);
  std::string rising, falling;
  for (char byte = 0; byte < 32; ++byte) rising += byte, falling += static_cast<char>(31 - byte);
  CHECK(crc32c(rising) == 0x46dd794eU);
  CHECK(crc32c(falling) == 0x113fdb5cU);
}
