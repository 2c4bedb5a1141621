#include "support/catch.hpp"
#include <unroll/framework/threads/part_tree.hpp>

#include <string>
#include <vector>

using namespace unroll;
using detail::PartTree;

namespace {

std::string text_of(PartTree tree) {
  if (tree.is_leaf()) return std::to_string(tree.first);
  return "(" + text_of(tree.left()) + " + " + text_of(tree.right()) + ")";
}

}  // namespace

TEST_CASE("the tree of parts is full on its left") {
  CHECK(text_of({0, 1}) == "0");
  CHECK(text_of({0, 5}) == "(((0 + 1) + (2 + 3)) + 4)");
  CHECK(text_of({0, 8}) == "(((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)))");
  CHECK(text_of({0, 7}) == "(((0 + 1) + (2 + 3)) + ((4 + 5) + 6))");
}

TEST_CASE("the subtrees of ranges that lie side by side are each part once") {
  for (std::size_t parts = 0; parts < 20; ++parts)
    for (std::size_t cut = 0; cut <= parts; ++cut) {
      std::vector<std::size_t> seen;
      const auto note = [&](PartTree subtree) {
        for (std::size_t i = 0; i < subtree.count; ++i) seen.push_back(subtree.first + i);
      };
      for_each_subtree(PartTree{0, parts}, PartTree{0, cut}, note);
      CHECK(seen.size() == cut);
      for_each_subtree(PartTree{0, parts}, PartTree{cut, parts - cut}, note);
      CHECK(seen.size() == parts);
      for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == i);
    }
}

TEST_CASE("a process of two that has half of eight parts has one subtree") {
  std::vector<PartTree> subtrees;
  for_each_subtree(PartTree{0, 8}, PartTree{4, 4}, [&](PartTree subtree) { subtrees.push_back(subtree); });
  CHECK(subtrees == std::vector<PartTree>{{4, 4}});
}

TEST_CASE("a tree is summed from the subtrees that are known") {
  std::vector<std::string> asked;
  float sum = 0;
  detail::sum_tree(PartTree{0, 4}, 1, &sum, [&](PartTree subtree, float* to) {
    asked.push_back(text_of(subtree));
    *to = static_cast<float>(subtree.first);
    return subtree.first > 0 || subtree.is_leaf();
  });
  CHECK(sum == 3);  // 0, 1 and the subtree that begins at 2
  CHECK(asked == std::vector<std::string>{"((0 + 1) + (2 + 3))", "(0 + 1)", "0", "1", "(2 + 3)"});
}
