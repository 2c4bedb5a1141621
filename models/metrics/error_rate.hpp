#pragma once

#include <unroll/models/metrics/edit_distance.hpp>

#include <cstddef>
#include <ranges>
#include <string_view>

/// How far transcripts are from what was said: the word error rate (WER) and the letter or character error rate (CER).
///
///     ErrorRate words;
///     for (std::size_t n = 0; n < found.size(); ++n) words += word_errors(found[n], expected[n]);
///     std::printf("WER %.1f %%\n", 100 * words.rate());
namespace unroll::inline v0 {

/// Edits among a number of expected elements. Those of several texts add up, so that each element counts the same.
struct ErrorRate {
  EditCounts edits;          ///< by kind
  std::size_t expected = 0;  ///< elements

  /// The edits for each expected element: 0 when all are right, and above 1 when many more are found than expected.
  /// Throws ArgumentError when none is expected.
  double rate() const;
  /// Adds those of another text.
  ErrorRate& operator+=(const ErrorRate& other);
};

/// The edits of words. Blanks, tabs and ends of lines stand between words, any number of them.
ErrorRate word_errors(std::string_view found, std::string_view expected);
/// The edits of letters, blanks among them: each code point of UTF-8 is one. A byte that belongs to none is one too.
ErrorRate letter_errors(std::string_view found, std::string_view expected);

/// The edits of symbols, such as those of ctc_greedy (ops/ctc_decoding.hpp).
template <std::ranges::random_access_range Found, std::ranges::random_access_range Expected>
ErrorRate symbol_errors(const Found& found, const Expected& expected) {
  return {edit_distance(found, expected), static_cast<std::size_t>(std::ranges::distance(expected))};
}

}  // namespace unroll::inline v0
