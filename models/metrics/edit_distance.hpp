#pragma once

#include <cstddef>
#include <ranges>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

/// How many elements were found in place of an expected one, beside the expected ones, and not at all.
struct EditCounts {
  std::size_t substitutions = 0;  ///< found in place of another
  std::size_t insertions = 0;     ///< found and not expected
  std::size_t deletions = 0;      ///< expected and not found

  std::size_t total() const { return substitutions + insertions + deletions; }  ///< All of them.
  friend bool operator==(const EditCounts&, const EditCounts&) = default;       ///< Whether all counts are equal.
};

/// The fewest edits that make the found elements of the expected ones (Levenshtein 1966), counted by kind; of several
/// ways with as few, one with the most substitutions. Elements are compared by ==. In time O(found · expected) and
/// memory O(found).
template <std::ranges::random_access_range Found, std::ranges::random_access_range Expected>
EditCounts edit_distance(const Found& found, const Expected& expected) {
  const auto cost = [](const EditCounts& of) { return std::pair(of.total(), of.insertions + of.deletions); };
  const auto fewer = [cost](const EditCounts& a, const EditCounts& b) { return cost(b) < cost(a) ? b : a; };
  const auto width = static_cast<std::size_t>(std::ranges::distance(found));
  std::vector<EditCounts> row(width + 1);  // of the first elements found, for those expected so far
  for (std::size_t i = 0; i <= width; ++i) row[i].insertions = i;
  for (const auto& wanted : expected) {
    EditCounts diagonal = row[0];
    ++row[0].deletions;
    for (std::size_t i = 1; i <= width; ++i) {
      EditCounts replaced = diagonal, inserted = row[i - 1], deleted = row[i];
      if (!(std::ranges::begin(found)[static_cast<std::ptrdiff_t>(i - 1)] == wanted)) ++replaced.substitutions;
      ++inserted.insertions, ++deleted.deletions;
      diagonal = row[i];
      row[i] = fewer(fewer(replaced, inserted), deleted);
    }
  }
  return row[width];
}

}  // namespace unroll::inline v0
