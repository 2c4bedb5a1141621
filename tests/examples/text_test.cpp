#include "character_model/text.hpp"

#include "character_model/input.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>

#include <sys/stat.h>

#include <fstream>

using namespace character_model;
using Catch::Contains;

namespace {

std::u32string characters_of(const Text& text) {
  std::u32string result;
  for_each_character(text, [&](char32_t character) { result += character; });
  return result;
}

std::string filtered(const std::string& bytes) {
  Utf8Filter filter;
  std::string result;
  for (const char byte : bytes) result += filter.push(byte);
  return result + filter.finish();
}

}  // namespace

TEST_CASE("UTF-8 is read as code points, and any file as bytes") {
  const std::string bytes = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";  // one to four bytes long
  CHECK(characters_of(check_text(bytes, Units::code_points, "x")) == U"a\u00e9\u20ac\U0001f600");
  CHECK(characters_of(check_text(bytes, Units::bytes, "x")).size() == bytes.size());
  CHECK(characters_of(check_text("\xff\xfe", Units::bytes, "x")) == U"\u00ff\u00fe");
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
  CHECK_THROWS_WITH(check_text(bytes, Units::code_points, "book.txt"), Contains("book.txt")
                                                                           && Contains("invalid UTF-8 at " + offset)
                                                                           && Contains(byte) && Contains("--bytes"));
  CHECK_NOTHROW(check_text(bytes, Units::bytes, "book.txt"));
}

TEST_CASE("UTF-16 is named as such, in both byte orders") {
  CHECK_THROWS_WITH(check_text(std::string("\xff\xfe"
                                           "a\0",
                                           4),
                               Units::code_points, "x"),
                    Contains("UTF-16") && Contains("iconv"));
  CHECK_THROWS_WITH(check_text(std::string("\xfe\xff\0a", 4), Units::code_points, "x"), Contains("UTF-16"));
}

TEST_CASE("a UTF-8 byte order mark is dropped with a notice, but belongs to the bytes") {
  const Text text = check_text("\xef\xbb\xbfHi", Units::code_points, "x");
  CHECK(text.bytes == "Hi");
  REQUIRE(text.notices.size() == 1);
  CHECK_THAT(text.notices[0], Contains("byte order mark"));
  CHECK(check_text("\xef\xbb\xbfHi", Units::bytes, "x").bytes.size() == 5);
}

TEST_CASE("what does not look like text gives a notice") {
  CHECK_THAT(check_text(std::string("ELF\0\1\2 and so on", 16), Units::code_points, "x").notices.at(0),
             Contains("3 of its 16 characters are control characters, 1 of them NUL"));
  CHECK(check_text("tabs\tand\nlines\f\n", Units::code_points, "x").notices.empty());
}

TEST_CASE("line ends of several kinds, or CR alone, give one notice") {
  const auto notices = [](const std::string& bytes) { return check_text(bytes, Units::code_points, "x").notices; };
  CHECK(notices("one\ntwo\n").empty());
  CHECK(notices("one\r\ntwo\r\n").empty());
  REQUIRE(notices("one\rtwo\r").size() == 1);
  CHECK_THAT(notices("one\rtwo\r")[0],
             Contains("\"x\" has CR alone at its line ends, 2 in all") && Contains("mac2unix"));
  REQUIRE(notices("one\r\ntwo\nthree\rfour\n\r").size() == 1);
  CHECK_THAT(notices("one\r\ntwo\nthree\rfour\n\r")[0], Contains("2 LF, 1 CR LF, 2 CR alone"));
  CHECK_THAT(notices("one\r\ntwo\n").at(0), Contains("1 LF, 1 CR LF, 0 CR alone"));
  CHECK(check_text("one\rtwo\n", Units::bytes, "x").notices.empty());
}

TEST_CASE("byte order marks within a text give one notice, with the place of the first in the file") {
  const std::string mark = "\xef\xbb\xbf";
  const Text text = check_text(mark + "one" + mark + "two" + mark, Units::code_points, "x");
  REQUIRE(text.notices.size() == 2);
  CHECK_THAT(text.notices[1], Contains("\"x\" has 2 byte order marks inside, the first at byte 6"));
  CHECK(text.bytes == "one" + mark + "two" + mark);
  CHECK_THAT(check_text("a" + mark, Units::code_points, "x").notices.at(0),
             Contains("1 byte order mark inside, the first at byte 1"));
}

TEST_CASE("only regular files are read, and never waited for") {
  const TemporaryDirectory folder;
  const auto path = [&](const char* name) { return (folder / name).string(); };
  std::ofstream(path("text")) << "hello";
  ::mkfifo(path("fifo").c_str(), 0600);

  CHECK(read_input(path("text")) == "hello");
  CHECK_THROWS_WITH(read_input(path("missing")), Contains("missing") && Contains("No such file"));
  CHECK_THROWS_WITH(read_input(path("fifo")), Contains("expected a regular file"));
  CHECK_THROWS_WITH(read_input(folder.path().string()), Contains("directory"));
  CHECK_THROWS_WITH(read_input("/dev/zero"), Contains("expected a regular file"));
  CHECK_THROWS_WITH(read_input(path("text"), 4), Contains("5 bytes") && Contains("4"));
  CHECK_THROWS_AS(read_input(path("missing")), unroll::IoError);
}

TEST_CASE("characters are described so that none can move the cursor") {
  CHECK(describe_character(U'\u00e9') == "'\u00e9' (U+00E9)");
  CHECK(describe_character(U'\n') == "'\\n' (U+000A)");
  CHECK(describe_character(U'\r') == "'\\r' (U+000D)");
  CHECK(describe_character(U'"') == "'\"' (U+0022)");
  CHECK(describe_character(U'\\') == "'\\' (U+005C)");
  CHECK(describe_character(U'\x1b') == "(U+001B)");
  CHECK(describe_character(U'\u202e') == "(U+202E)");
  CHECK(describe_character(U'\u200b') == "(U+200B)");
  CHECK(describe_character(U'\u009b') == "(U+009B)");
  CHECK(describe_character(U'\U0001f600') == "'\U0001f600' (U+1F600)");
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
