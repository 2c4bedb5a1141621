#include "music/roll_page.hpp"
#include "support/catch.hpp"
#include "support/xml.hpp"

using Catch::Contains;

TEST_CASE("a piano roll has a rectangle for each key that sounds") {
  const std::string roll = music::draw_roll("A & B", {{60, 64}, {}, {21, 108}});
  CHECK(count_elements(roll, "rect") == 4);
  CHECK_THAT(roll, Contains("A &amp; B") && Contains("C4") && Contains("C8"));
}

TEST_CASE("a piano roll shows how likely keys were, but for the least likely ones") {
  unroll::Tensor<float> likely({2, 1, 88});
  likely.at({0, 0, 39}) = 0.75F, likely.at({1, 0, 40}) = 0.5F, likely.at({1, 0, 41}) = 0.01F;
  const std::string roll = music::draw_roll("roll", {{60}, {60}}, &likely);
  CHECK(count_elements(roll, "rect") == 4);
  CHECK_THAT(roll, Contains("0.75)") && Contains("0.50)"));
}

TEST_CASE("an empty piano roll is a picture, too") { CHECK(count_elements(music::draw_roll("none", {}), "rect") == 0); }
