#pragma once

#include "support/flow_report.hpp"

#include <string>
#include <vector>

namespace support {

/// Models that appear in the same pictures.
struct FlowGroup {
  std::string heading;  // empty when there is only one
  std::vector<NamedFlow> flows;
};

struct ResultTable {
  std::string heading, remark;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

/// The contents of a page. All text is UTF-8.
struct FlowPage {
  std::string title;
  std::vector<std::string> remarks;  // paragraphs below the title
  std::vector<ResultTable> tables;
  std::vector<FlowGroup> groups;
};

/// A self-contained page: pictures as SVG, no script, nothing from the network. It is also well-formed XML.
std::string to_html(const FlowPage& page);

}  // namespace support
