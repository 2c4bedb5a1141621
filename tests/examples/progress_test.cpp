#include "character_model/progress.hpp"

#include "support/catch.hpp"

#include <numbers>

using namespace character_model;
using Catch::Contains;

namespace {
const ProgressState half{
    .done = 0.5, .epoch = 1.25, .loss = 2 * std::numbers::ln2, .characters_per_second = 23400, .seconds_left = 83};
}

TEST_CASE("the bar shows loss, bits, speed, time left and epoch, in the width that there is") {
  const std::string bar = progress_bar(half, 120);
  CHECK_THAT(bar, Contains("50 %") && Contains("loss 1.386") && Contains("2.000 bits/char")
                      && Contains("23.4 k chars/s") && Contains("1:23 left") && Contains("epoch 1.25")
                      && Contains("====>"));
  for (std::size_t columns : {200, 100, 79, 40, 10, 0}) CHECK(progress_bar(half, columns).size() <= columns);
}

TEST_CASE("the bar fills from empty to full") {
  const auto filled = [](double done) {
    const std::string bar = progress_bar({.done = done}, 200);
    return std::count(bar.begin(), bar.end(), '=');
  };
  CHECK(filled(0) == 0);
  CHECK(filled(0.5) == 20);
  CHECK(filled(1) == 40);
  CHECK(filled(1.7) == 40);
}

TEST_CASE("a plain line says the same") { CHECK_THAT(progress_line(half), Contains("50 %") && Contains("1:23 left")); }

TEST_CASE("durations are printed as clocks show them") {
  CHECK(format_duration(0) == "0:00");
  CHECK(format_duration(59.4) == "0:59");
  CHECK(format_duration(59.6) == "1:00");
  CHECK(format_duration(754) == "12:34");
  CHECK(format_duration(3723) == "1:02:03");
  CHECK(format_duration(-1) == "?");
  CHECK(format_duration(1e300) == "?");
}
