#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// Texts and what they are, by the index of a label.
struct LabeledTexts {
  std::vector<std::string> texts;
  std::vector<int> labels;
};

/// Reads a file with a text in each line: its label, a tab, and the text, in UTF-8. Empty lines are left out. Throws
/// unroll::IoError when it cannot be read, and unroll::FileError, with the line, for one without a tab, an empty label
/// or text, a label that is not among `names`, what is no UTF-8, and a file without texts.
LabeledTexts read_labeled_lines(const std::filesystem::path& path, const std::vector<std::string>& names);

/// The labels of such a file, in the order of the alphabet. Throws as read_labeled_lines does, and unroll::FileError
/// for fewer than two.
std::vector<std::string> labels_in(const std::filesystem::path& path);

/// Calls visit(line) for each line of a file, or of standard input ("-") as soon as the line is there. Throws
/// unroll::IoError when it cannot be read.
void for_each_line(const std::string& path, const std::function<void(const std::string&)>& visit);

}  // namespace support
