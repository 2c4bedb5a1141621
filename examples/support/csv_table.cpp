#include "support/csv_table.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/input_file.hpp>

#include <csv.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

namespace support {

namespace {

using unroll::FileError, unroll::quoted;

constexpr std::uint64_t largest_table = std::uint64_t{1} << 30U;  // bytes

/// A row, as libcsv gives its fields and its end.
struct Rows {
  std::vector<std::vector<std::string>> rows{{}};
  std::vector<std::size_t> lines{1};  // where each begins
  std::size_t line = 1;

  static void field(void* text, std::size_t size, void* self) {
    auto& rows = *static_cast<Rows*>(self);
    const std::string_view field{static_cast<const char*>(text), size};
    rows.line += static_cast<std::size_t>(std::count(field.begin(), field.end(), '\n'));
    rows.rows.back().emplace_back(field);
  }
  static void end_of_row(int, void* self) {
    auto& rows = *static_cast<Rows*>(self);
    rows.rows.emplace_back();
    rows.lines.push_back(++rows.line);
  }
};

/// The rows of a text. An empty line, which libcsv with this option tells of, is a row without fields.
Rows parse(const std::string& text, const std::filesystem::path& path) {
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) throw std::bad_alloc();
  const std::unique_ptr<csv_parser, decltype(&csv_free)> freed(&parser, csv_free);
  Rows rows;
  const std::size_t parsed = csv_parse(&parser, text.data(), text.size(), Rows::field, Rows::end_of_row, &rows);
  if (parsed != text.size() || csv_fini(&parser, Rows::field, Rows::end_of_row, &rows) != 0)
    throw FileError(
        fmt::format("{}, line {}: a quote that does not belong there, expected a field in quotes to end before "
                    "the next comma, and quotes within it twice",
                    quoted(path), rows.line));
  return rows;
}

/// The whole of a text as a number; nothing if it is none.
std::optional<double> number_of(std::string_view text) {
  double number = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

void expect_names(const std::vector<std::string>& names, const std::filesystem::path& path) {
  for (auto name = names.begin(); name != names.end(); ++name)
    if (name->empty() || std::find(names.begin(), name, *name) != name)
      throw FileError(fmt::format("{}, line 1: the name {} {}, expected a name of its own for each column",
                                  quoted(path), quoted(*name), name->empty() ? "of a column" : "is there twice"));
}

}  // namespace

CsvTable::CsvTable(std::filesystem::path path) : path_(std::move(path)) {
  std::string text = unroll::read_file(path_, largest_table);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // the byte order mark that spreadsheets write
  std::erase(text, '\r');                                  // else an end of a line would count twice
  Rows all = parse(text, path_);
  names_ = std::move(all.rows.front());
  expect_names(names_, path_);
  for (std::size_t i = 1; i < all.rows.size(); ++i) {
    auto& row = all.rows[i];
    if (row.empty()) continue;
    if (row.size() != names_.size())
      throw FileError(fmt::format("{}, line {}: {} fields, expected {}, as the first line has names", quoted(path_),
                                  all.lines[i], row.size(), names_.size()));
    lines_.push_back(all.lines[i]);
    std::move(row.begin(), row.end(), std::back_inserter(fields_));
  }
  if (lines_.empty()) throw FileError(fmt::format("{}: no rows below the line of names", quoted(path_)));
}

std::size_t CsvTable::column(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found != names_.end()) return static_cast<std::size_t>(found - names_.begin());
  std::vector<std::string> known;
  for (const std::string& other : names_) known.push_back(quoted(other));
  throw unroll::ArgumentError(
      fmt::format("{} has no column {}, expected one of {}", quoted(path_), quoted(name), unroll::listed(known)));
}

double CsvTable::number(std::size_t row, std::size_t column) const {
  const std::string& field = text(row, column);
  if (const auto number = number_of(field)) return *number;
  throw FileError(
      fmt::format("{}: {} in column {}, expected a number", place(row), quoted(field), quoted(names_[column])));
}

bool CsvTable::is_numeric(std::size_t column) const { return number_of(text(0, column)).has_value(); }

std::string CsvTable::place(std::size_t row) const { return fmt::format("{}, line {}", quoted(path_), lines_[row]); }

}  // namespace support
