#include "support/catch.hpp"
#include <unroll/framework/quoted.hpp>

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
  CHECK(quoted(exact + "b") == '"' + exact + "\"... (1 bytes more)");
  // 199 bytes and a character of three: it is left out whole.
  CHECK(quoted(std::string(199, 'a') + "漢") == '"' + std::string(199, 'a') + "\"... (3 bytes more)");
  // Bytes that only ever continue are cut somewhere, and escaped.
  CHECK(quoted(std::string(1'000'000, '\x80')).size() < 1000);
}

TEST_CASE("a quoted path is never cut, and a changeable string is quoted by us rather than by std::quoted") {
  const std::string name(250, 'x');
  CHECK(quoted(std::filesystem::path("/a") / name) == "\"/a/" + name + '"');
  std::string changeable = "a\x1b";
  CHECK(quoted(changeable) == R"("a\x1b")");
}
