#include "support/catch.hpp"
#include "support/evil.hpp"
#include <unroll/framework/errors/quoted.hpp>

#include <string>
#include <vector>

using namespace unroll;

TEST_CASE("quoted text keeps letters of every script and escapes what a terminal would obey") {
  CHECK(quoted("lstm.weight") == R"("lstm.weight")");
  CHECK(quoted("Gödel 漢字") == "\"Gödel 漢字\"");
  CHECK(quoted("say \"yes\" \\ no") == R"("say \"yes\" \\ no")");
  CHECK(quoted("\x1b[31mred\a") == R"("\x1b[31mred\x07")");
  CHECK(quoted("line\nbreak\r\t") == R"("line\nbreak\r\t")");
  CHECK(quoted(std::string("null\0byte", 9)) == R"("null\x00byte")");
  CHECK(quoted("\x7f") == R"("\x7f")");
}

TEST_CASE("quoted text escapes the second set of control characters, writing direction and broken UTF-8") {
  CHECK(quoted("\xc2\x9b") == R"("\x9b")");
  CHECK(quoted("exe.\u202egpj") == R"("exe.\u202egpj")");
  CHECK(quoted("\xff \xe6\xbc") == R"("\xff \xe6\xbc")");
}

TEST_CASE("quoted text that is long is cut between characters and says how much is missing") {
  const std::string exact(200, 'a');
  CHECK(quoted(exact) == '"' + exact + '"');
  CHECK(quoted(exact + "b") == '"' + exact + "\"... (1 byte more)");
  // 199 bytes and a character of three: it is left out whole.
  CHECK(quoted(std::string(199, 'a') + "漢") == '"' + std::string(199, 'a') + "\"... (3 bytes more)");
  // Bytes that only ever continue are cut somewhere, and escaped.
  CHECK(quoted(std::string(1'000'000, '\x80')).size() < 1000);
}

TEST_CASE("a quoted path is whole up to 500 bytes; a longer one keeps its beginning and its end") {
  const std::string name(497, 'x');
  CHECK(quoted(std::filesystem::path("/a") / name) == "\"/a/" + name + '"');
  const std::string begin(150, 'b'), end(300, 'e');
  CHECK(quoted(std::filesystem::path(begin + std::string(9000, 'x') + end))
        == '"' + begin + "\"... (9000 bytes left out) ...\"" + end + '"');
  CHECK(quoted(std::filesystem::path(std::string(149, 'b') + std::string(100, 'x') + "漢漢" + std::string(299, 'e')))
        == '"' + std::string(149, 'b') + "x\"... (105 bytes left out) ...\"" + std::string(299, 'e') + '"');
}

TEST_CASE("a changeable string is quoted by us rather than by std::quoted") {
  std::string changeable = "a\x1b";
  CHECK(quoted(changeable) == R"("a\x1b")");
}

TEST_CASE("printable text has no quotes around it, and needs no backslash before one") {
  CHECK(printable("-1.5e300") == "-1.5e300");
  CHECK(printable(R"({"a":"\u001b"})") == R"({"a":"\u001b"})");
  CHECK(printable("\x1b[31m\xc2\x9b\u202e\xff\n") == R"(\x1b[31m\x9b\u202e\xff\n)");
  CHECK(printable(std::string(101, '7')) == std::string(100, '7') + "... (1 byte more)");
  CHECK(printable("").empty());
}

TEST_CASE("escaped text is printable text of any length") {
  CHECK(escaped("-1.5e300") == "-1.5e300");
  CHECK(escaped("").empty());
  CHECK(escaped("say \"yes\" \\ no") == "say \"yes\" \\ no");
  CHECK(escaped("\x1b[31m\xc2\x9b\u202e\xff\n") == R"(\x1b[31m\x9b\u202e\xff\n)");
  CHECK(escaped(std::string(10'000, '7')) == std::string(10'000, '7'));
}

TEST_CASE("parts are listed up to a thousand bytes, and the rest is counted") {
  CHECK(listed({}).empty());
  CHECK(listed(std::vector<std::string>{"a", "b", "c"}) == "a, b, c");
  CHECK(listed(std::vector<std::string>{"a", "b"}, "\n  ") == "a\n  b");
  const std::vector<std::string> many(500, std::string(98, 'p'));
  CHECK(listed(many).ends_with("p and 490 more"));
  CHECK(listed(many).size() < 1020);
  CHECK(listed(std::vector<std::string>(2, std::string(2000, 'p'))) == std::string(2000, 'p') + " and 1 more");
}

TEST_CASE("nothing that a terminal obeys or that cannot be seen is left, whatever the text") {
  for (const auto piece : {evil::marks, evil::controls, evil::bytes, std::string_view("\0\x9b\x80", 3)})
    for (const std::size_t length : {std::size_t{1}, std::size_t{150}, std::size_t{199}, std::size_t{200},
                                     std::size_t{201}, std::size_t{499}, std::size_t{501}, std::size_t{10000}}) {
      const std::string text = evil::many(piece).substr(0, length);
      CAPTURE(text.size());
      for (const auto& message : {quoted(text), quoted(std::filesystem::path(text)), printable(text)})
        CHECK(evil::fault_of(message) == std::nullopt);
    }
}
