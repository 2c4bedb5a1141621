#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// A table of a CSV file (RFC 4180): names in the first line, and as many fields in each other line.
class CsvTable {
 public:
  /// Reads a file. Throws unroll::IoError when it cannot be read, and unroll::FileError, with the line, for a quote
  /// that does not belong there, a line with more or fewer fields than there are names, a name that is there twice or
  /// empty, and a file without rows.
  explicit CsvTable(std::filesystem::path path);

  std::size_t rows() const { return lines_.size(); }
  const std::vector<std::string>& names() const { return names_; }
  /// Throws unroll::ArgumentError for a name that no column has, with those that columns have.
  std::size_t column(std::string_view name) const;
  const std::string& text(std::size_t row, std::size_t column) const { return fields_[row * names_.size() + column]; }
  /// Throws unroll::FileError, with line and column, for what is no finite number.
  double number(std::size_t row, std::size_t column) const;
  /// Whether the first row has a number there.
  bool is_numeric(std::size_t column) const;
  /// "'weather.csv', line 17", for messages.
  std::string place(std::size_t row) const;

 private:
  std::filesystem::path path_;
  std::vector<std::string> names_, fields_;  // fields of all rows, one after the other
  std::vector<std::size_t> lines_;           // of each row
};

}  // namespace support
