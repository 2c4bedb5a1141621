#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/text_file.hpp>

#include <map>

using namespace unroll;
using Catch::Contains;

namespace {

std::vector<std::string> notices_of(const std::string& bytes) {
  const TextFile text(bytes, "x");
  return text.notices();
}

std::map<char32_t, std::uint64_t> counts_of(const TextFile& text) {
  std::map<char32_t, std::uint64_t> counts;
  for (const auto& [character, count] : text.characters()) counts[character] = count;
  return counts;
}

}  // namespace

TEST_CASE("a survey counts the characters of UTF-8, or the bytes of any file") {
  const std::string bytes = "aa\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9";
  const TextFile text(bytes, "x");
  CHECK(text.size() == 6);
  CHECK(counts_of(text)
        == std::map<char32_t, std::uint64_t>{{U'a', 2}, {U'\u00e9', 2}, {U'\u20ac', 1}, {U'\U0001f600', 1}});
  const TextFile all("\xff\xfe\xff", "x", {.unit = CharacterUnit::byte});
  CHECK(counts_of(all) == std::map<char32_t, std::uint64_t>{{0xff, 2}, {0xfe, 1}});
  CHECK(TextFile("", "x").characters().empty());
}

TEST_CASE("invalid UTF-8 is refused with its offset, its byte and a way out") {
  const auto [bytes, offset, byte] = GENERATE(table<std::string, std::string, std::string>({
      {"abc\xff"
       "def",
       "byte 3", "0xff"},                        // never part of UTF-8
      {"ab\xc0\xaf", "byte 2", "0xc0"},          // overlong
      {"a\xed\xa0\x80", "byte 1", "0xed"},       // a surrogate
      {"\xe2\x82", "byte 0", "0xe2"},            // cut at the end
      {"\x80", "byte 0", "0x80"},                // continues nothing
      {"ab\xf4\x90\x80\x80", "byte 2", "0xf4"},  // beyond U+10FFFF
  }));
  for (const std::size_t before : {0, 5, 262140, 600001}) {
    const std::size_t at = before + static_cast<std::size_t>(std::stoi(offset.substr(5)));
    CHECK_THAT(message_of<ArgumentError>([&] { TextFile(std::string(before, 'x') + bytes, "book.txt"); }),
               Contains("\"book.txt\": invalid UTF-8 at byte " + std::to_string(at) + " (" + byte + ")")
                   && Contains("or read its bytes"));
  }
  CHECK_NOTHROW(TextFile(bytes, "book.txt", {.unit = CharacterUnit::byte}));
  CHECK_THAT(message_of<ArgumentError>([&] { TextFile(bytes, "x", {.otherwise = "use --bytes"}); }),
             Contains("or use --bytes"));
}

TEST_CASE("UTF-16 is named as such, in both byte orders") {
  for (const std::string bytes : {"\xff\xfe"
                                  "ab",
                                  "\xfe\xff"
                                  "ab"})
    CHECK_THAT(message_of<ArgumentError>([&] { TextFile(bytes, "x"); }), Contains("UTF-16") && Contains("iconv"));
}

TEST_CASE("a UTF-8 byte order mark is left out with a notice, but belongs to the bytes") {
  const TextFile text("\xef\xbb\xbfHi", "x");
  CHECK(text.size() == 2);
  REQUIRE(text.notices().size() == 1);
  CHECK_THAT(text.notices()[0], Contains("byte order mark"));
  CHECK(TextFile("\xef\xbb\xbfHi", "x", {.unit = CharacterUnit::byte}).size() == 5);
  CHECK_THAT(message_of<ArgumentError>([&] { TextFile("\xef\xbb\xbfHi\xff", "x"); }), Contains("at byte 5 (0xff)"));
}

TEST_CASE("what does not look like text gives a notice") {
  CHECK_THAT(notices_of(std::string("ELF\0\1\2 and so on", 16)).at(0),
             Contains("3 of its 16 characters are control characters, 1 of them NUL"));
  CHECK(notices_of("tabs\tand\nlines\f\n").empty());
}

TEST_CASE("line ends of several kinds, or CR alone, give one notice") {
  CHECK(notices_of("one\ntwo\n").empty());
  CHECK(notices_of("one\r\ntwo\r\n").empty());
  REQUIRE(notices_of("one\rtwo\r").size() == 1);
  CHECK_THAT(notices_of("one\rtwo\r")[0],
             Contains("\"x\" has CR alone at its line ends, 2 in all") && Contains("mac2unix"));
  REQUIRE(notices_of("one\r\ntwo\nthree\rfour\n\r").size() == 1);
  CHECK_THAT(notices_of("one\r\ntwo\nthree\rfour\n\r")[0], Contains("2 LF, 1 CR LF, 2 CR alone"));
  CHECK_THAT(notices_of("one\r\ntwo\n").at(0), Contains("1 LF, 1 CR LF, 0 CR alone"));
  const TextFile as_bytes("one\rtwo\n", "x", {.unit = CharacterUnit::byte});
  CHECK(as_bytes.notices().empty());
  for (const std::size_t before : {262142, 262143, 262144})  // about the end of a piece
    CHECK(notices_of(std::string(before, 'x') + "\r\ntwo\r\n").empty());
}

TEST_CASE("byte order marks within a text give one notice, with the place of the first in the file") {
  const std::string mark = "\xef\xbb\xbf";
  const auto notices = notices_of(mark + "one" + mark + "two" + mark);
  REQUIRE(notices.size() == 2);
  CHECK_THAT(notices[1], Contains("\"x\" has 2 byte order marks inside, the first at byte 6"));
  CHECK_THAT(notices_of("a" + mark).at(0), Contains("1 byte order mark inside, the first at byte 1"));
}
