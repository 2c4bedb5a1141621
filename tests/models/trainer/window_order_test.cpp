#include "support/catch.hpp"
#include <unroll/models/trainer/window_order.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

using namespace unroll;

TEST_CASE("each order of windows has a name of its own for the settings of a checkpoint", "[trainer]") {
  CHECK(std::string(detail::name_of(WindowOrder::shuffled)) == "shuffled");
  CHECK(std::string(detail::name_of(WindowOrder::in_order)) == "in_order");
}

TEST_CASE("each window is once in an epoch, in order or in another order for another epoch", "[trainer]") {
  const auto windows_in = [](WindowOrder order, std::uint64_t seed) {
    return detail::windows_in(order, 100, Random(seed));
  };
  const auto in_order = windows_in(WindowOrder::in_order, 1);
  CHECK(std::is_sorted(in_order.begin(), in_order.end()));
  auto shuffled = windows_in(WindowOrder::shuffled, 1);
  CHECK(shuffled != in_order);
  CHECK(shuffled == windows_in(WindowOrder::shuffled, 1));
  CHECK(shuffled != windows_in(WindowOrder::shuffled, 2));
  std::sort(shuffled.begin(), shuffled.end());
  CHECK(shuffled == in_order);
  CHECK(detail::windows_in(WindowOrder::in_order, 0, Random(1)).empty());
}

TEST_CASE("windows are shuffled unless their order is said", "[trainer]") {
  CHECK(WindowOrder{} == WindowOrder::shuffled);
}
