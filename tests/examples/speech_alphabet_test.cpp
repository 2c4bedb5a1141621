#include "speech/alphabet.hpp"
#include "support/catch.hpp"

using speech::Alphabet;

namespace {
const std::vector<std::string> texts{"b\u00e4b", "a b"};
}

TEST_CASE("an alphabet has each letter of its texts once, in the order of their code points, behind the blank") {
  const Alphabet alphabet(texts);
  CHECK(alphabet.letters() == " ab\u00e4");
  CHECK(alphabet.symbols() == 5);
  CHECK(alphabet.symbol_of(" ") == 1);
  CHECK(alphabet.symbol_of("\u00e4") == 4);
  CHECK(alphabet.symbol_of("c") == -1);
  CHECK(alphabet.symbol_of("") == -1);
}

TEST_CASE("symbols are turned into letters and back") {
  const Alphabet alphabet(texts);
  const auto symbols = alphabet.symbols_of("b\u00e4 a");
  REQUIRE(symbols);
  CHECK(*symbols == std::vector<int>{3, 4, 1, 2});
  CHECK(alphabet.text_of(*symbols) == "b\u00e4 a");
  CHECK(alphabet.symbols_of("")->empty());
  CHECK_FALSE(alphabet.symbols_of("abc"));
}

TEST_CASE("the letters of an alphabet make it again") {
  const std::string letters = Alphabet(texts).letters();
  CHECK(Alphabet(std::span(&letters, 1)).letters() == letters);
}

TEST_CASE("a plain text has small letters, and one blank between words") {
  CHECK(speech::plain("  Two\tHUNDRED \n and  7\r\n") == "two hundred and 7");
  CHECK(speech::plain("\u00c4") == "\u00c4");
  CHECK(speech::plain(" \n").empty());
}
