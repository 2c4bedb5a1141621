#include "support/catch.hpp"
#include "support/evil.hpp"
#include "support/xml.hpp"
#include <unroll/framework/charts/page.hpp>

using unroll::charts::to_html;

TEST_CASE("a page is well-formed, whatever its title holds", "[charts]") {
  for (const std::string_view title :
       {std::string_view(""), std::string_view("</title><script>alert(1)</script>&\""), evil::controls, evil::marks}) {
    const std::string page =
        to_html({.title = title, .head = "<style>b { color: red; }</style>\n", .body = "<p>x</p>"});
    CHECK(page.starts_with("<!DOCTYPE html>"));
    CHECK(count_elements(page, "h1") == 1);
    CHECK(count_elements(page, "title") == 1);
    CHECK(count_elements(page, "style") == 2);
    CHECK(count_elements(page, "p") == 1);
    CHECK(count_elements(page, "script") == 0);
  }
}
