#include "support/catch.hpp"
#include "support/terminal.hpp"
#include "support/training_records.hpp"
#include <unroll/models/records/console_progress.hpp>

#include <cmath>
#include <limits>

using namespace unroll;
using Catch::Contains;

namespace {

const ProgressState half{.progress = 0.5, .epoch = 1.25, .loss = 1.386, .items_per_second = 23400, .seconds_left = 83};

std::string bar_of(const ProgressState& state, std::size_t columns, const ProgressWords& words = {}) {
  std::string bar = "old";
  make_progress_bar(bar, state, columns, words);
  return bar;
}

std::string line_of(const ProgressState& state, const ProgressWords& words = {}) {
  std::string line = "old";
  make_progress_line(line, state, words);
  return line;
}

}  // namespace

TEST_CASE("the bar shows loss, speed, time left and epoch, in the width that there is", "[console]") {
  CHECK(bar_of(half, 80) == "[==========>         ]   50 %  loss 1.386  23.4 k items/s  1:23 left  epoch 1.25");
  for (const std::size_t columns : {std::size_t{0}, std::size_t{1}, std::size_t{10}, std::size_t{40}, std::size_t{66},
                                    std::size_t{67}, std::size_t{79}, std::size_t{100}, std::size_t{200}})
    CHECK(bar_of(half, columns).size() <= columns);
  CHECK(bar_of(half, 68) == "[====>   ]   50 %  loss 1.386  23.4 k items/s  1:23 left  epoch 1.25");
  CHECK(bar_of(half, 67) == " 50 %  loss 1.386  23.4 k items/s  1:23 left  epoch 1.25");
  CHECK(bar_of(half, 10) == " 50 %  los");
  CHECK(bar_of(half, std::size_t{1} << 62U).size() == bar_of(half, 200).size());
  CHECK(bar_of(half, ~std::size_t{0}).size() == bar_of(half, 200).size());
}

TEST_CASE("the bar fills from empty to full", "[console]") {
  const auto filled = [](double progress) {
    const std::string bar = bar_of({.progress = progress}, 200);
    CHECK(bar.find(']') == 41);
    return std::count(bar.begin(), bar.end(), '=');
  };
  CHECK(filled(0) == 0);
  CHECK(filled(0.5) == 20);
  CHECK(filled(1) == 40);
  CHECK(filled(1.7) == 40);
  CHECK(filled(-1) == 0);
  CHECK(filled(NAN) == 0);
}

TEST_CASE("a plain line says the same", "[console]") {
  CHECK(line_of(half) == " 50 %  epoch 1.25  loss 1.386  23.4 k items/s  1:23 left");
  CHECK(line_of({.items_per_second = 12.34, .seconds_left = -1})
        == "  0 %  epoch 0.00  loss 0.000  12.3 items/s  ? left");
  CHECK_THAT(line_of({.items_per_second = 100}), Contains("  100.0 items/s"));
  CHECK_THAT(line_of({.items_per_second = 999}), Contains("  999.0 items/s"));
  CHECK_THAT(line_of({.items_per_second = 1000}), Contains("  1.0 k items/s"));
  const auto explain = [](std::string& line, double loss) {
    line += "  perplexity " + std::to_string(std::lround(std::exp(loss)));
  };
  CHECK(line_of(half, {.items = "words", .explain_loss = explain})
        == " 50 %  epoch 1.25  loss 1.386  perplexity 4  23.4 k words/s  1:23 left");
}

TEST_CASE("a training is shown as a bar on a terminal", "[console]") {
  const Environment term("TERM", "xterm"), columns("COLUMNS", nullptr);
  const Terminal terminal(100);
  ConsoleProgress console({.words = {}, .status = {.descriptor = terminal.descriptor(), .prefix = "program: "}});
  console.on_begin({});
  console.on_update({.update = 1, .epoch = 0.5, .seconds = 1, .progress = 0.25, .loss = 2, .items = 1000});
  CHECK_THAT(terminal.text(), Contains("[=") && Contains(" 25 %  loss 2.000  1.0 k items/s  0:03 left  epoch 0.50"));
  console.on_update({.update = 2, .seconds = 1.1, .progress = 0.26, .loss = 2, .items = 1000});
  CHECK(terminal.text().empty());
  console.on_evaluation({.update = 2, .seconds = 3.1, .progress = 0.26, .loss = 2.5, .best = true});
  CHECK(terminal.text() == "\r\x1b[Kprogram:  26 %  held-out loss 2.5000, the best so far\r\n");
  console.on_evaluation({.update = 2, .seconds = 3.1, .progress = 0.26, .loss = 2.75});
  CHECK(terminal.text() == "program:  26 %  held-out loss 2.7500; the best is 2.5000\r\n");
  console.on_update({.update = 3, .seconds = 4.0, .progress = 0.5, .loss = 2, .items = 1000});
  CHECK_THAT(terminal.text(), Contains("1.5 k items/s"));  // 3000 items in the 2 seconds beside the evaluation
  console.on_end();
  CHECK(terminal.text() == "\r\x1b[K");
}

TEST_CASE("a training is shown as lines elsewhere, and a resumed one counts from its checkpoint", "[console]") {
  const Terminal pipe;
  ConsoleProgress console({.words = {}, .status = {.descriptor = pipe.descriptor(), .prefix = {}}});
  console.on_begin({.update = 100, .epoch = 1, .seconds = 1000, .progress = 0.5});
  for (std::uint64_t second = 1; second <= 25; ++second)
    console.on_update({.update = 100 + second,
                       .epoch = 1.5,
                       .seconds = static_cast<double>(1000 + second),
                       .progress = 0.5 + 0.01 * static_cast<double>(second),
                       .loss = 3,
                       .items = 50});
  CHECK(pipe.text()
        == " 60 %  epoch 1.50  loss 3.000  50.0 items/s  0:40 left\n"
           " 70 %  epoch 1.50  loss 3.000  50.0 items/s  0:30 left\n");
  console.on_evaluation({.update = 125, .seconds = 1025, .progress = 0.75, .loss = 2});
  CHECK(pipe.text() == " 75 %  held-out loss 2.0000\n");  // the best was before
  console.say("kept");
  CHECK(pipe.text() == "kept\n");
}

TEST_CASE("numbers that are not finite are shown, and spoil no mean", "[console]") {
  const Terminal pipe;
  ConsoleProgress console({.words = {}, .status = {.descriptor = pipe.descriptor(), .prefix = {}}});
  console.on_update({.seconds = 1, .loss = 2});
  console.on_update({.seconds = 2, .loss = NAN, .gradient_norm = NAN, .skipped = true});
  console.on_update({.seconds = 3, .loss = std::numeric_limits<double>::infinity()});
  console.on_update({.seconds = 10, .progress = 5, .loss = 2, .items = ~std::uint64_t{0}});
  CHECK_THAT(pipe.text(), Contains("100 %") && Contains("loss 2.000"));
  console.on_evaluation({.loss = NAN});
  CHECK_THAT(pipe.text(), Contains("held-out loss nan"));
  CHECK_THAT(line_of({.progress = NAN, .epoch = NAN, .loss = INFINITY, .items_per_second = NAN, .seconds_left = NAN}),
             Contains("loss inf") && Contains("? left"));
}
