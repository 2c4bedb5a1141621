#include "support/catch.hpp"
#include <unroll/framework/files/utf8.hpp>

using namespace unroll;

namespace {

std::string filtered(const std::string& bytes) {
  Utf8Filter filter;
  std::string result;
  for (const char byte : bytes) result += filter.push(byte);
  return result + filter.finish();
}

detail::DecodedCharacter decoded(const std::string& bytes) {
  return detail::decode_utf8(std::as_bytes(std::span(bytes)));
}

}  // namespace

TEST_CASE("every character of Unicode comes back from its bytes") {
  for (char32_t character = 0; character <= 0x110000; ++character) {
    if (!is_scalar_value(character)) continue;
    std::string bytes;
    append_utf8(bytes, character);
    const auto [found, length] = decoded(bytes + "tail");
    if (found != character || length != bytes.size()) FAIL("U+" << std::hex << static_cast<std::uint32_t>(character));
  }
  CHECK(!is_scalar_value(0xd800));
  CHECK(!is_scalar_value(0x110000));
}

TEST_CASE("bytes that are no UTF-8 have no length, and a character that is cut off has more bytes than there are") {
  for (const char* bytes : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
                            "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3(", "\xe2\x82(", "\xf0\x9f\x98("})
    CHECK(decoded(bytes).length == 0);
  CHECK(decoded("\xc3").length == 2);
  CHECK(decoded("\xe2\x82").length == 3);
  CHECK(decoded("\xf0\x9f\x98").length == 4);
}

TEST_CASE("the filter writes valid UTF-8 whatever bytes come") {
  CHECK(filtered("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z") == "a\u00e9\u20ac\U0001f600z");
  CHECK(filtered("\xc3") == "\ufffd");    // cut at the end
  CHECK(filtered("\xc3(") == "\ufffd(");  // cut in the middle
  CHECK(filtered("\x80x") == "\ufffdx");  // continues nothing
  CHECK(filtered("\xe2\x82\xc3\xa9") == "\ufffd\u00e9");
  CHECK(filtered("\xed\xa0\x80") == "\ufffd");  // a surrogate
  CHECK(filtered("\xff\xff") == "\ufffd\ufffd");
}
