#include "support/labeled_lines.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/framework/files/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <set>
#include <span>

namespace support {

namespace {

using unroll::FileError, unroll::quoted;

constexpr std::size_t largest_texts = 1U << 30U;  // bytes

bool is_utf8(std::string_view text) {
  for (auto bytes = std::as_bytes(std::span(text)); !bytes.empty();) {
    const std::size_t length = unroll::detail::decode_utf8(bytes).length;
    if (length == 0 || length > bytes.size()) return false;
    bytes = bytes.subspan(length);
  }
  return true;
}

/// Calls visit(place, label, text) for each line.
void for_each_labeled(const std::filesystem::path& path, auto&& visit) {
  const std::string all = unroll::read_file(path, largest_texts);
  std::size_t number = 0;
  for (std::string_view rest = all; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto place = [&] { return fmt::format("{}, line {}", quoted(path), number); };
    const std::size_t tab = line.find('\t');
    if (tab == std::string_view::npos || tab == 0 || tab + 1 == line.size())
      throw FileError(fmt::format("{}: {}, expected a label, a tab and a text", place(),
                                  tab == std::string_view::npos ? "no tab"
                                  : tab == 0                    ? "no label"
                                                                : "no text"));
    if (!is_utf8(line)) throw FileError(fmt::format("{}: this is no UTF-8; convert the file with iconv", place()));
    visit(place, line.substr(0, tab), line.substr(tab + 1));
  }
}

}  // namespace

LabeledTexts read_labeled_lines(const std::filesystem::path& path, const std::vector<std::string>& names) {
  LabeledTexts all;
  for_each_labeled(path, [&](const auto& place, std::string_view label, std::string_view text) {
    const auto found = std::find(names.begin(), names.end(), label);
    if (found == names.end()) {
      std::vector<std::string> known;
      for (const std::string& name : names) known.push_back(quoted(name));
      throw FileError(
          fmt::format("{}: the label {}, expected one of {}", place(), quoted(label), unroll::listed(known)));
    }
    all.texts.emplace_back(text);
    all.labels.push_back(static_cast<int>(found - names.begin()));
  });
  if (all.texts.empty()) throw FileError(fmt::format("{}: no texts", quoted(path)));
  return all;
}

std::vector<std::string> labels_in(const std::filesystem::path& path) {
  std::set<std::string, std::less<>> found;
  for_each_labeled(path, [&](const auto&, std::string_view label, std::string_view) { found.emplace(label); });
  if (found.size() < 2)
    throw FileError(
        fmt::format("{}: {} different labels, expected at least 2 to tell apart", quoted(path), found.size()));
  return {found.begin(), found.end()};
}

void for_each_line(const std::string& path, const std::function<void(const std::string&)>& visit) {
  std::ifstream file;
  if (path != "-") {
    static_cast<void>(unroll::InputFile(path));  // says why when it cannot be read
    file.open(path);
  }
  std::istream& input = path == "-" ? std::cin : file;
  for (std::string line; std::getline(input, line);) visit(line);
}

}  // namespace support
