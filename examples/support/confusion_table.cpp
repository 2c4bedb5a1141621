#include "support/confusion_table.hpp"

#include <unroll/framework/charts/svg_canvas.hpp>

#include <fmt/format.h>

#include <cstddef>

namespace support {

std::string confusion_table(const unroll::ConfusionMatrix& confusion, const std::vector<std::string>& names) {
  using unroll::charts::escape;
  std::string table = "<h2>What was taken for what</h2>\n<table><tr><th>is, and was taken for</th>";
  for (const std::string& name : names) table += fmt::format("<th>{}</th>", escape(name));
  table += "</tr>\n";
  for (std::size_t row = 0; row < names.size(); ++row) {
    table += fmt::format("<tr><th>{}</th>", escape(names[row]));
    for (std::size_t column = 0; column < names.size(); ++column) {
      const auto count = confusion.count(row, column);
      const double part = count == 0 ? 0 : static_cast<double>(count) / static_cast<double>(confusion.examples(row));
      const double shade = count == 0 ? 0 : 0.1 + 0.6 * part;
      table += fmt::format(R"html(<td style="text-align: right; background: rgba({}, {:.2f})">{}</td>)html",
                           row == column ? "0, 114, 178" : "213, 94, 0", shade, count);
    }
    table += "</tr>\n";
  }
  return table + "</table>\n";
}

}  // namespace support
