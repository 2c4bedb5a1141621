#include "character_model/text.hpp"

#include "support/catch.hpp"

using namespace character_model;

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
