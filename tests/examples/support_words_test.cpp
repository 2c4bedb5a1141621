#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/words.hpp"
#include <unroll/framework/errors/error.hpp>

using Catch::Contains;
using support::words_of, support::WordVocabulary;
using Words = std::vector<std::string>;

TEST_CASE("words are letters, digits and apostrophes within, in lower case; runs of another sign stand alone") {
  CHECK(words_of("It isn't THAT good!!!") == Words{"it", "isn't", "that", "good", "!!!"});
  CHECK(words_of("'quoted', 24x7 $9.99") == Words{"'", "quoted", "'", ",", "24x7", "$", "9", ".", "99"});
  CHECK(words_of("?!?") == Words{"?", "!", "?"});
  CHECK(words_of("Crème brûlée") == Words{"crème", "brûlée"});
  CHECK(words_of(" \t\n").empty());
  CHECK(words_of("").empty());
  CHECK(words_of("dogs'") == Words{"dogs", "'"});
}

TEST_CASE("a vocabulary has the words of enough texts, those of most texts first") {
  const WordVocabulary vocabulary({"b b b", "a b", "a c", "a"}, 2);
  CHECK(vocabulary.size() == 3);
  CHECK(vocabulary.joined() == "a b");
  CHECK(vocabulary.numbers_of({"b", "c", "a", "d"}, 10) == std::vector{2, 0, 1, 0});
  CHECK(vocabulary.numbers_of({"b", "c", "a", "d"}, 2) == std::vector{2, 0});
  CHECK(vocabulary.numbers_of({}, 2) == std::vector{0});
}

TEST_CASE("a vocabulary comes back from a model's file, and one with a word twice does not") {
  const WordVocabulary vocabulary({"one two, three!", "two one three"}, 1), back(vocabulary.joined());
  CHECK(back.joined() == vocabulary.joined());
  CHECK(back.size() == vocabulary.size());
  for (const auto& word : {"one", "two", "three", "!", ",", "four"})
    CHECK(back.numbers_of({word}, 1) == vocabulary.numbers_of({word}, 1));
  CHECK(WordVocabulary("").size() == 1);
  CHECK_THAT(message_of<unroll::FileError>([] { WordVocabulary("a b a"); }), Contains("the word \"a\" twice"));
}
