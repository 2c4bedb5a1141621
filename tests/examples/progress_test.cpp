#include "character_model/report.hpp"
#include "support/catch.hpp"

#include <numbers>

using namespace unroll;
using Catch::Contains;

TEST_CASE("training shows loss, bits, speed in characters, time left and epoch") {
  const ProgressState half{
      .progress = 0.5, .epoch = 1.25, .loss = 2 * std::numbers::ln2, .items_per_second = 23400, .seconds_left = 83};
  const ConsoleProgressOptions options = character_model::progress_options();
  std::string text;
  make_progress_line(text, half, options.words);
  CHECK(text == " 50 %  epoch 1.25  loss 1.386  2.000 bits/char  23.4 k chars/s  1:23 left");
  make_progress_bar(text, half, 120, options.words);
  CHECK(text == "[====================>                   ]   50 %  loss 1.386  2.000 bits/char  23.4 k chars/s  1:23 left  "
                "epoch 1.25");
  CHECK(options.status.prefix == "test_examples: ");
}
