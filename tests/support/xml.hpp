#pragma once

#include "support/catch.hpp"

#include <tinyxml2.h>

#include <string>

/// How many elements of a name there are under a node.
inline int count_elements(const tinyxml2::XMLNode& node, const std::string& name) {
  int count = 0;
  for (const auto* child = node.FirstChildElement(); child != nullptr; child = child->NextSiblingElement())
    count += (child->Name() == name) + count_elements(*child, name);
  return count;
}

/// The same of a text, which must be well-formed XML.
inline int count_elements(const std::string& xml, const std::string& name) {
  tinyxml2::XMLDocument document;
  INFO(xml.substr(0, 2000));
  REQUIRE(document.Parse(xml.c_str()) == tinyxml2::XML_SUCCESS);
  return count_elements(document, name);
}
