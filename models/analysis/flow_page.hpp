#pragma once

#include <unroll/models/analysis/flow_report.hpp>

#include <string>
#include <vector>

namespace unroll::inline v0::flow {

/// Models that appear in the same pictures.
struct FlowGroup {
  std::string heading;           ///< Empty when there is only one.
  std::vector<NamedFlow> flows;  ///< The models.
};

/// Any other results, as a table.
struct ResultTable {
  std::string heading;                         ///< Above it.
  std::string remark;                          ///< Below the heading.
  std::vector<std::string> columns;            ///< Their names.
  std::vector<std::vector<std::string>> rows;  ///< Each with a cell for each column.
};

/// The contents of a page. All text is UTF-8.
struct FlowPage {
  std::string title;                 ///< What it is about.
  std::vector<std::string> remarks;  ///< Paragraphs below the title.
  std::vector<ResultTable> tables;   ///< Before the pictures.
  std::vector<FlowGroup> groups;     ///< The pictures of each.
};

/// A self-contained page: pictures as SVG, no script, nothing from the network. It is also well-formed XML.
std::string to_html(const FlowPage& page);

}  // namespace unroll::inline v0::flow
