#include "support/catch.hpp"
#include "support/flows.hpp"
#include "support/xml.hpp"
#include <unroll/models/analysis/flow_page.hpp>

#include <tinyxml2.h>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;
using flow::NamedFlow;

TEST_CASE("the page is well-formed, whatever names hold, and needs nothing from elsewhere", "[flow]") {
  const std::string page = flow::to_html({.title = trap,
                                          .remarks = {trap},
                                          .tables = {{trap, trap, {trap}, {{trap}}}},
                                          .groups = {{.heading = trap, .flows = {halving(trap), halving("b")}}}});
  CHECK(count_elements(page, "svg") == 5);                   // two charts, a heat map for each, gates
  CHECK(count_elements(page, "polyline") == 2 * 2 + 2 * 4);  // lines and bounds, each also in the legend
  CHECK(count_elements(page, "script") == 0);
  CHECK(count_elements(page, "link") + count_elements(page, "img") == 0);
  CHECK(page.find("http") == page.find("http://www.w3.org/2000/svg"));  // a name, which no browser fetches
  CHECK(page.find('\x01') == std::string::npos);
}
