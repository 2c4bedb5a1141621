#include "support/catch.hpp"
#include <unroll/models/trainer/window_order.hpp>

#include <string>

using namespace unroll;

TEST_CASE("each order of windows has a name of its own for the settings of a checkpoint", "[trainer]") {
  CHECK(std::string(detail::name_of(WindowOrder::shuffled)) == "shuffled");
  CHECK(std::string(detail::name_of(WindowOrder::in_order)) == "in_order");
}

TEST_CASE("windows are shuffled unless their order is said", "[trainer]") {
  CHECK(WindowOrder{} == WindowOrder::shuffled);
}
