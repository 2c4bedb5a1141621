#include "support/catch.hpp"
#include "support/confusion_table.hpp"
#include "support/xml.hpp"

using Catch::Contains;

TEST_CASE("a table of what was taken for what has a row and a column for each class, the darker the more") {
  const std::vector truth{0, 0, 0, 0, 1}, found{0, 0, 0, 1, 1};
  const std::string table = support::confusion_table(unroll::ConfusionMatrix(truth, found, 2), {"a & b", "<c>"});
  CHECK(count_elements("<div>" + table + "</div>", "td") == 4);
  CHECK_THAT(table, Contains("<th>a &amp; b</th>") && Contains("<th>&lt;c&gt;</th>"));
  CHECK_THAT(table, Contains("rgba(0, 114, 178, 0.55)\">3<") && Contains("rgba(213, 94, 0, 0.25)\">1<"));
  CHECK_THAT(table, Contains("rgba(213, 94, 0, 0.00)\">0<") && Contains("rgba(0, 114, 178, 0.70)\">1<"));
}
