#include "character_model/progress.hpp"

#include "console/output.hpp"

#include <fmt/format.h>

#include <iterator>
#include <numbers>

namespace character_model {

unroll::ConsoleProgressOptions progress_options() {
  const auto in_bits = [](std::string& line, double loss) {
    fmt::format_to(std::back_inserter(line), "  {:.3f} bits/char", loss / std::numbers::ln2);
  };
  return {.words = {.items = "chars", .explain_loss = in_bits}, .status = {.prefix = console::message_prefix()}};
}

}  // namespace character_model
