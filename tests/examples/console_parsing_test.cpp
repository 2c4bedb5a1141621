#include "console/parsing.hpp"
#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>

#include <array>
#include <limits>

using namespace console;
using Catch::Contains;

TEST_CASE("whole numbers are plain decimal digits within their range") {
  CHECK(parse_whole("--n", "1", 1, 9) == 1);
  CHECK(parse_whole("--n", "+5", 1, 9) == 5);
  CHECK(parse_whole("--n", "18446744073709551615", 0, std::numeric_limits<std::uint64_t>::max())
        == std::numeric_limits<std::uint64_t>::max());
  const std::string bad =
      GENERATE(as<std::string>{}, "-5", "0", "10", "99999999999999999999999", "18446744073709551616", "0x10", "1e3",
               "1.5", "5abc", " 5", "5 ", "", "+", "+-5", "-0x1", "nan");
  CHECK_THROWS_AS(parse_whole("--hidden", bad, 1, 9), unroll::ArgumentError);
  CHECK_THROWS_WITH(parse_whole("--hidden", bad, 1, 9),
                    Contains("--hidden: ") && Contains(bad) && Contains("a whole number from 1 to 9"));
}

TEST_CASE("real numbers are finite decimals within their range") {
  const unroll::ArgumentRange range{.low = 0, .high = 100, .open_low = true};
  CHECK(parse_real("--x", "0.004", range) == 0.004);
  CHECK(parse_real("--x", "4e-3", range) == 0.004);
  CHECK(parse_real("--x", "+1E1", range) == 10);
  CHECK(parse_real("--x", "100", range) == 100);
  const std::string bad = GENERATE(as<std::string>{}, "0", "-1", "100.1", "nan", "NaN", "inf", "-inf", "1e400", "0x1p3",
                                   "1,5", "1.5x", "", " 1", ".", "e5", "--1");
  CHECK_THROWS_AS(parse_real("--rate", bad, range), unroll::ArgumentError);
  CHECK_THROWS_WITH(parse_real("--rate", bad, range),
                    Contains("--rate: ") && Contains(bad) && Contains("a number from 0 (not included) to 100"));
}

TEST_CASE("a number too small for a double is not taken for 0") {
  CHECK_THROWS_WITH(parse_real("--rate", "1e-400", {.low = 0, .high = 1}), Contains("becomes 0"));
  CHECK_THROWS_WITH(parse_real("--rate", "1E-400", {.low = 0, .high = 1}), Contains("becomes 0"));
}

TEST_CASE("unknown words get the list, and the one that may be meant") {
  constexpr std::array<std::string_view, 3> cells{"rnn", "lstm", "gru"};
  CHECK(parse_word("--cell", "gru", cells) == 2);
  CHECK_THROWS_WITH(parse_word("--cell", "lstn", cells),
                    R"(--cell: "lstn" given, expected one of rnn, lstm, gru (did you mean lstm?))");
  CHECK_THROWS_WITH(parse_word("--cell", "LSTM", cells), Contains("did you mean lstm?"));
  CHECK_THROWS_WITH(parse_word("--cell", "transformer", cells), !Contains("did you mean"));
  CHECK_THROWS_WITH(parse_word("--cell", "", cells), Contains("one of rnn, lstm, gru"));
}

TEST_CASE("the nearest word is one edit in three letters away at most") {
  constexpr std::array<std::string_view, 3> words{"--hidden", "--layers", "train"};
  CHECK(nearest_word("--hidde", words) == "--hidden");    // left out
  CHECK(nearest_word("--hiddden", words) == "--hidden");  // added
  CHECK(nearest_word("trian", words) == "train");         // exchanged
  CHECK(nearest_word("--kayers", words) == "--layers");   // changed
  CHECK(nearest_word("--nope", words) == std::nullopt);
  CHECK(nearest_word(std::string(100000, 'x'), words) == std::nullopt);
}
