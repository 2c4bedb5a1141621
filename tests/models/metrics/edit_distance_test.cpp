#include "support/catch.hpp"
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models/metrics/edit_distance.hpp>

#include <functional>
#include <span>
#include <string>
#include <string_view>

using namespace unroll;

namespace {

using Elements = std::span<const int>;

/// The same by its definition: the last elements are equal, or one of them is edited.
EditCounts naive(Elements found, Elements expected) {
  if (found.empty()) return {.deletions = expected.size()};
  if (expected.empty()) return {.insertions = found.size()};
  const Elements found_before = found.first(found.size() - 1), expected_before = expected.first(expected.size() - 1);
  EditCounts replaced = naive(found_before, expected_before), inserted = naive(found_before, expected),
             deleted = naive(found, expected_before);
  if (found.back() != expected.back()) ++replaced.substitutions;
  ++inserted.insertions, ++deleted.deletions;
  EditCounts best = replaced;
  for (const EditCounts& other : {inserted, deleted})
    if (other.total() < best.total() || (other.total() == best.total() && other.substitutions > best.substitutions))
      best = other;
  return best;
}

std::vector<int> some_elements(const Random& random, std::size_t count) {
  std::vector<int> elements(count);
  for (std::size_t i = 0; i < count; ++i) elements[i] = static_cast<int>(random.bits(i) % 3);
  return elements;
}

EditCounts between(std::string_view found, std::string_view expected) { return edit_distance(found, expected); }

}  // namespace

TEST_CASE("edits are counted by kind, as by hand", "[edit_distance]") {
  CHECK(between("sitting", "kitten") == EditCounts{.substitutions = 2, .insertions = 1});
  CHECK(between("kitten", "sitting") == EditCounts{.substitutions = 2, .deletions = 1});
  CHECK(between("abc", "abc") == EditCounts{});
  CHECK(between("", "abc") == EditCounts{.deletions = 3});
  CHECK(between("abc", "") == EditCounts{.insertions = 3});
  CHECK(between("", "") == EditCounts{});
  CHECK(between("abcd", "bcde") == EditCounts{.insertions = 1, .deletions = 1});
  CHECK(between("ab", "ba") == EditCounts{.substitutions = 2});  // and not an insertion and a deletion
  CHECK(between("sitting", "kitten").total() == 3);
}

TEST_CASE("edits are the fewest of a recursion over all ways, with the most substitutions", "[edit_distance]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Random random = Random(1).split(seed);
    const auto found = some_elements(random.split(0), random.bits(0) % 6);
    const auto expected = some_elements(random.split(1), random.bits(1) % 6);
    CHECK(edit_distance(found, expected) == naive(found, expected));
  }
}

TEST_CASE("a distance is a metric, and insertions less deletions are the difference of the lengths",
          "[edit_distance]") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Random random = Random(2).split(seed);
    const auto a = some_elements(random.split(0), random.bits(0) % 30);
    const auto b = some_elements(random.split(1), random.bits(1) % 30);
    const auto c = some_elements(random.split(2), random.bits(2) % 30);
    const EditCounts counts = edit_distance(a, b);
    CHECK(edit_distance(a, a).total() == 0);
    CHECK((counts.total() == 0) == (a == b));
    CHECK(counts.total() == edit_distance(b, a).total());
    CHECK(edit_distance(a, c).total() <= counts.total() + edit_distance(b, c).total());
    CHECK(counts.insertions + b.size() == counts.deletions + a.size());
  }
}

TEST_CASE("elements may be of any kind that can be compared", "[edit_distance]") {
  const std::vector<std::string> found{"the", "cat", "sat"}, expected{"the", "cat", "sat", "down"};
  CHECK(edit_distance(found, expected) == EditCounts{.deletions = 1});
}
