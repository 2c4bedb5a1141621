#pragma once

#include <algorithm>
#include <functional>
#include <type_traits>
#include <vector>

namespace experiment {

template <class Number>
struct Spread {
  Number least, median, most;  // the median of an even number of outcomes is the upper of the two in the middle
};

/// The spread of one member over several outcomes, at least one.
template <class Outcome, class Member>
auto spread(const std::vector<Outcome>& outcomes, Member member) {
  using Number = std::remove_cvref_t<std::invoke_result_t<Member, const Outcome&>>;
  std::vector<Number> sorted;
  for (const Outcome& outcome : outcomes) sorted.push_back(std::invoke(member, outcome));
  std::sort(sorted.begin(), sorted.end());
  return Spread<Number>{sorted.front(), sorted[sorted.size() / 2], sorted.back()};
}

}  // namespace experiment
