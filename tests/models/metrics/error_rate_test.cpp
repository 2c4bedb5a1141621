#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/metrics/error_rate.hpp>

#include <vector>

using namespace unroll;
using Catch::Matchers::Contains;

TEST_CASE("a word error rate is the edits for each expected word", "[error_rate]") {
  const ErrorRate words = word_errors("the  cat\tsad on\n", " the cat sat on the mat");
  CHECK(words.edits == EditCounts{.substitutions = 1, .deletions = 2});
  CHECK(words.expected == 6);
  CHECK(words.rate() == Approx(0.5));
  CHECK(word_errors("", " \n").expected == 0);
  CHECK(word_errors("one", "").edits == EditCounts{.insertions = 1});
}

TEST_CASE("a letter is a code point, and a blank is one too", "[error_rate]") {
  const ErrorRate letters = letter_errors("grun e", "grün e");
  CHECK(letters.edits == EditCounts{.substitutions = 1});
  CHECK(letters.expected == 6);
  CHECK(letter_errors("", "a€😀").expected == 3);
  CHECK(letter_errors("ab", "a b").edits == EditCounts{.deletions = 1});
}

TEST_CASE("a byte that belongs to no code point is a letter by itself", "[error_rate]") {
  CHECK(letter_errors("", "\x80\xFF").expected == 2);
  CHECK(letter_errors("", "\xE2\x82").expected == 2);  // cut short by the end
  CHECK(letter_errors("",
                      "\xE2\x82"
                      "a")
            .expected
        == 3);  // and by a letter
  CHECK(letter_errors("", "\xC3").expected == 1);
}

TEST_CASE("rates of several texts add up by their lengths", "[error_rate]") {
  ErrorRate all;
  all += word_errors("a", "a b c");
  all += word_errors("x y", "x z");
  CHECK(all.edits == EditCounts{.substitutions = 1, .deletions = 2});
  CHECK(all.rate() == Approx(3.0 / 5));
  all += word_errors("p q r", "");
  CHECK(all.edits.insertions == 3);
  CHECK(all.rate() == Approx(6.0 / 5));
}

TEST_CASE("symbols are compared as they are", "[error_rate]") {
  CHECK(symbol_errors(std::vector{1, 2, 3}, std::vector{1, 3}).rate() == Approx(0.5));
}

TEST_CASE("no expected elements have no rate", "[error_rate][error]") {
  CHECK_THROWS_AS(ErrorRate{}.rate(), ArgumentError);
  CHECK_THROWS_WITH(word_errors("one", "").rate(),
                    Contains("ErrorRate: 1 edit among no expected elements, expected at least one"));
}
