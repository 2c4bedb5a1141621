#pragma once

#include <string>
#include <string_view>

namespace unroll::inline v0::charts {

/// The parts of a page.
struct Page {
  std::string_view title;  ///< Any valid UTF-8; it is escaped, and also the first heading.
  std::string_view head;   ///< Markup for the head, such as a style sheet behind the common one.
  std::string_view body;   ///< Markup below the first heading.
};

/// A page that needs nothing from elsewhere, and is also well-formed XML if its parts are.
std::string to_html(const Page& page);

}  // namespace unroll::inline v0::charts
