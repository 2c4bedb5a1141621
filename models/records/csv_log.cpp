#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/framework/files/metadata.hpp>
#include <unroll/models/records/csv_log.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace unroll::inline v0 {

namespace {

constexpr std::string_view header =
    "record,update,epoch,seconds,loss,learning_rate,gradient_norm,items,skipped,best,figure,value\r\n";
constexpr double seconds_between_flushes = 5;  // seconds
constexpr std::size_t longest_line = 65536;    // only a figure's name could make a row longer

using detail::without_sign_of_nan;
using Row = fmt::memory_buffer;  // the first 500 bytes are no heap memory, and rows without names are shorter

std::string_view text_of(const Row& row) { return {row.data(), row.size()}; }

template <class... Parts>
void print(Row& row, fmt::format_string<Parts...> format, Parts&&... parts) {
  fmt::format_to(std::back_inserter(row), format, std::forward<Parts>(parts)...);
}

void begin(Row& row, std::string_view kind, const auto& record) {
  print(row, "{},{},{},{}", kind, record.update, without_sign_of_nan(record.epoch),
        without_sign_of_nan(record.seconds));
}

/// A name in quotes if it needs them. It has no control characters, so that a line is a row.
std::string field(const std::string& name) {
  std::string text = escaped(name);
  if (text.find_first_of(",\"") == std::string::npos) return text;
  for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 2) text.insert(at, 1, '"');
  return '"' + text + '"';
}

/// A row as far as it is read again: what it records, and of which update.
struct RowBegin {
  std::string_view kind;
  std::uint64_t update = 0;
};

std::optional<RowBegin> begin_of(std::string_view line) {
  const std::size_t comma = line.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  RowBegin row{.kind = line.substr(0, comma)};
  const char* const end = line.data() + line.size();
  const auto [after, error] = std::from_chars(line.data() + comma + 1, end, row.update);
  const bool known = row.kind == "update" || row.kind == "evaluation" || row.kind == "figure";
  return known && error == std::errc() && after != end && *after == ',' ? std::optional(row) : std::nullopt;
}

/// Reads the lines of a file one after the other, in bounded memory.
class Lines {
 public:
  explicit Lines(const InputFile& file) : file_(file) {}

  /// The next line with its end; none when the rest of the file has no end of a line, or none near.
  std::optional<std::string_view> next();

 private:
  bool read_more();

  const InputFile& file_;
  std::string block_;
  std::size_t at_ = 0;  // where the next line begins in the block
  std::uint64_t read_ = 0;
};

std::optional<std::string_view> Lines::next() {
  std::size_t end = 0;
  while ((end = block_.find('\n', at_)) == std::string::npos)
    if (block_.size() - at_ > longest_line || !read_more()) return std::nullopt;
  const std::string_view line = std::string_view(block_).substr(at_, end + 1 - at_);
  at_ = end + 1;
  return line;
}

bool Lines::read_more() {
  constexpr std::uint64_t size = 1U << 16U;
  const std::uint64_t count = std::min(size, file_.size() - read_);
  block_.erase(0, at_);
  at_ = 0;
  const std::size_t before = block_.size();
  block_.resize(before + count);
  file_.read(read_, std::as_writable_bytes(std::span(block_).subspan(before)));
  read_ += count;
  return count > 0;
}

[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view what) {
  throw FileError(fmt::format("{} is no log of a training: {}; give the log another name, or move this file away",
                              quoted(path), what));
}

/// Whether the file begins as a log does. A log whose first line is not whole is as good as empty.
bool has_header(const InputFile& file) {
  std::string found(std::min<std::uint64_t>(file.size(), header.size()), '\0');
  file.read(0, std::as_writable_bytes(std::span(found)));
  if (!header.starts_with(found))
    refuse(file.path(),
           fmt::format("it begins with {}, expected {}", quoted(found.substr(0, found.find_first_of("\r\n"))),
                       quoted(header.substr(0, header.size() - 2))));
  return found.size() == header.size();
}

}  // namespace

CsvLog::CsvLog(std::filesystem::path path) : file_(std::move(path)) { has_header(InputFile(file_.path())); }

void CsvLog::on_begin(const TrainingStart& start) {
  const InputFile old(file_.path());
  std::uint64_t kept = 0;
  if (has_header(old) && start.update > 0) {
    Lines lines(old);
    kept = lines.next()->size();
    for (std::uint64_t number = 2;; ++number) {
      const auto line = lines.next();
      if (!line) break;
      const auto row = begin_of(*line);
      if (!row) refuse(old.path(), fmt::format("its line {} is {}", number, quoted(*line)));
      if (row->update > start.update) break;
      if (row->kind == "evaluation" && row->update == start.update) evaluated_ = start.update;
      kept += line->size();
    }
  }
  file_.cut(kept);
  if (kept == 0) file_.append(header);
  begun_ = true;
  written_ = start.seconds;
}

void CsvLog::expect_begun() {
  if (!begun_) on_begin({});
}

void CsvLog::flush_at(double seconds) {
  written_ = seconds;  // also when the disk is full: the next update need not try again
  file_.flush();
}

void CsvLog::on_update(const UpdateRecord& record) {
  expect_begun();
  Row row;
  begin(row, "update", record);
  print(row, ",{},{},{},{},{:d},,,\r\n", without_sign_of_nan(record.loss), without_sign_of_nan(record.learning_rate),
        without_sign_of_nan(record.gradient_norm), record.items, record.skipped);
  file_.append(text_of(row));
  if (record.seconds - written_ >= seconds_between_flushes) flush_at(record.seconds);
}

void CsvLog::on_evaluation(const EvaluationRecord& record) {
  expect_begun();
  if (evaluated_ == record.update) return;
  Row rows;
  begin(rows, "evaluation", record);
  print(rows, ",{},,,,,{:d},,\r\n", without_sign_of_nan(record.loss), record.best);
  for (const auto& [name, value] : record.figures) {
    begin(rows, "figure", record);
    print(rows, ",,,,,,,{},{}\r\n", field(name), without_sign_of_nan(value));
  }
  file_.append(text_of(rows));
  flush_at(record.seconds);
}

}  // namespace unroll::inline v0
