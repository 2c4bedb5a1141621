#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/file_descriptor.hpp>
#include <unroll/models/records/crc32c.hpp>
#include <unroll/models/records/event_file.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cmath>
#include <concepts>
#include <limits>
#include <system_error>

namespace unroll::inline v0 {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view name_begin = "events.out.tfevents.";
constexpr double seconds_between_writes = 5;  // seconds

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// The machine's name, as far as it is fit for the name of a file.
std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  std::string host = name.data();
  for (char& letter : host) {
    const bool fit = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')
                     || (letter >= '0' && letter <= '9') || letter == '.' || letter == '-';
    if (!fit) letter = '_';
  }
  return host;
}

/// The seconds in the name of an event file; 0 for other files.
std::uint64_t time_in(std::string_view name) {
  std::uint64_t time = 0;
  if (name.starts_with(name_begin)) std::from_chars(name.data() + name_begin.size(), name.data() + name.size(), time);
  return time;
}

/// The path of a file that sorts behind all event files of the directory, which it makes if it is missing.
fs::path next_path(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  auto time = static_cast<std::uint64_t>(now());
  fs::directory_iterator entry;
  if (!error) entry = fs::directory_iterator(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error))
    time = std::max(time, std::min(time_in(entry->path().filename().native()), std::uint64_t{9'999'999'998}) + 1);
  if (error) detail::refuse("write event files into", directory, error.message());
  return directory / fmt::format("{}{:010}.{}", name_begin, time, host_name());
}

// The wire format of protocol buffers: each field is its number and kind in a key, and its content.
enum class Wire : unsigned { varint = 0, eight_bytes = 1, counted = 2, four_bytes = 5 };

void add_varint(std::string& bytes, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7U) bytes += static_cast<char>(0x80U | (number & 0x7fU));
  bytes += static_cast<char>(number);
}

template <std::unsigned_integral Number>
void add_little_endian(std::string& bytes, Number number) {
  for (std::size_t byte = 0; byte < sizeof(Number); ++byte) bytes += static_cast<char>((number >> (8 * byte)) & 0xffU);
}

void add_key(std::string& bytes, unsigned field, Wire wire) {
  add_varint(bytes, field << 3U | static_cast<unsigned>(wire));
}

void add_text(std::string& bytes, unsigned field, std::string_view text) {
  add_key(bytes, field, Wire::counted);
  add_varint(bytes, text.size());
  bytes += text;
}

std::uint32_t masked(std::uint32_t sum) { return std::rotr(sum, 15) + 0xa282ead8U; }

}  // namespace

EventFile::EventFile(const fs::path& directory) : file_(next_path(directory), Opening::only_new) {
  for (std::string* bytes : {&value_, &summary_, &event_, &record_}) bytes->reserve(1024);
  std::string version;
  add_text(version, 3, "brain.Event:2");
  add_event(0, version);
  file_.flush();
}

void EventFile::on_begin(const TrainingStart& start) {
  last_update_ = written_ = start.seconds;
  if (start.update == 0) return;
  std::string log, content;  // a SessionLog of status START, from which on earlier files do not count
  add_key(log, 1, Wire::varint);
  add_varint(log, 1);
  add_text(content, 7, log);
  add_event(start.update + 1, content);
}

void EventFile::on_update(const UpdateRecord& record) {
  add_scalar("loss/training", record.loss);
  add_scalar("learning_rate", record.learning_rate);
  if (!std::isnan(record.gradient_norm) || record.skipped) add_scalar("gradient_norm", record.gradient_norm);
  if (record.seconds > last_update_)
    add_scalar("items_per_second", static_cast<double>(record.items) / (record.seconds - last_update_));
  last_update_ = record.seconds;
  add_summary(record.update);
  if (record.seconds - written_ < seconds_between_writes) return;
  written_ = record.seconds;  // also when the disk is full: the next update need not try again
  file_.flush();
}

void EventFile::on_evaluation(const EvaluationRecord& record) {
  add_scalar("loss/held_out", record.loss);
  for (const auto& [name, value] : record.figures) add_scalar("held_out/" + escaped(name), value);
  last_update_ = written_ = record.seconds;
  add_summary(record.update);
  file_.flush();
}

/// Adds a Summary.Value{tag, simple_value} to the summary.
void EventFile::add_scalar(std::string_view tag, double value) {
  value_.clear();
  add_text(value_, 1, tag);
  add_key(value_, 2, Wire::four_bytes);
  add_little_endian(value_, std::bit_cast<std::uint32_t>(static_cast<float>(value)));
  add_text(summary_, 1, value_);
}

/// Adds an event that has the summary, and empties it.
void EventFile::add_summary(std::uint64_t step) {
  value_.clear();
  add_text(value_, 5, summary_);
  summary_.clear();
  add_event(step, value_);
}

/// Adds an Event{wall_time, step, content} as a record: its size, the size's check sum, the event, its check sum.
void EventFile::add_event(std::uint64_t step, std::string_view content) {
  constexpr std::uint64_t last_step = std::numeric_limits<std::int64_t>::max();
  event_.clear();
  add_key(event_, 1, Wire::eight_bytes);
  add_little_endian(event_, std::bit_cast<std::uint64_t>(now()));
  add_key(event_, 2, Wire::varint);
  add_varint(event_, std::min(step, last_step));
  event_ += content;
  record_.clear();
  add_little_endian(record_, std::uint64_t{event_.size()});
  add_little_endian(record_, masked(crc32c(record_)));
  record_ += event_;
  add_little_endian(record_, masked(crc32c(event_)));
  file_.append(record_);
}

}  // namespace unroll::inline v0
