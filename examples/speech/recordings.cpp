#include "speech/recordings.hpp"

#include "speech/alphabet.hpp"
#include "support/audio/wav_file.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/framework/files/sha256.hpp>
#include <unroll/framework/files/utf8.hpp>
#include <unroll/framework/tensor/random.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <span>

namespace speech {

namespace {

using unroll::ArgumentError, unroll::FileError, unroll::quoted;
namespace files = std::filesystem;

constexpr std::uint64_t longest_text = 1U << 16U;  // bytes

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The digit that "7_jackson" says; nothing for another name.
std::optional<std::string_view> digit_in(std::string_view name) {
  constexpr std::array<std::string_view, 10> digits{"zero", "one", "two",   "three", "four",
                                                    "five", "six", "seven", "eight", "nine"};
  if (name.size() < 3 || name[0] < '0' || name[0] > '9' || name[1] != '_') return std::nullopt;
  return digits.at(static_cast<std::size_t>(name[0] - '0'));
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = unroll::detail::decode_utf8(std::as_bytes(std::span(text))).length;
    if (length == 0 || length > text.size()) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string text_in(const files::path& path) {
  const std::string bytes = unroll::read_file(path, longest_text);
  if (!is_utf8(bytes)) throw FileError(fmt::format("{}: no UTF-8, expected what is said in UTF-8", quoted(path)));
  std::string text = plain(bytes);
  if (text.empty()) throw FileError(fmt::format("{}: empty, expected what is said in the recording", quoted(path)));
  return text;
}

/// A recording without its samples.
Utterance named(const files::path& path) {
  Utterance recording{.name = path.stem().string(), .speaker = {}, .text = {}, .samples = {}};
  std::string_view name = recording.name;
  if (const std::size_t last = name.rfind('_'); last != std::string_view::npos)
    if ((recording.take = whole_number(name.substr(last + 1)))) name = name.substr(0, last);
  if (files::path text = files::path(path).replace_extension(".txt"); files::exists(text)) {
    recording.text = text_in(text);
  } else if (const auto digit = digit_in(name); digit && recording.take) {
    recording.text = *digit;
    name.remove_prefix(2);
  } else {
    throw FileError(fmt::format("{} has no text, expected {} beside it, or a name such as 7_jackson_12.wav",
                                quoted(path), quoted(text.filename())));
  }
  recording.speaker = name;
  return recording;
}

std::vector<files::path> wav_files(const files::path& folder) {
  std::error_code error;
  std::vector<files::path> paths;
  for (files::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().extension() == ".wav") paths.push_back(entry->path());
  if (error) throw unroll::IoError(fmt::format("cannot read the folder {}: {}", quoted(folder), error.message()));
  if (paths.empty()) throw FileError(fmt::format("{}: no recordings (*.wav) in this folder", quoted(folder)));
  std::ranges::sort(paths);
  return paths;
}

std::set<std::string, std::less<>> names_in(std::string_view list, const Recordings& recordings) {
  std::set<std::string, std::less<>> speakers, named;
  for (const Utterance& recording : recordings.all) speakers.insert(recording.speaker);
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    if (!speakers.contains(name)) {
      std::vector<std::string> known;
      for (const std::string& speaker : speakers) known.push_back(quoted(speaker));
      throw ArgumentError(
          fmt::format("there is no speaker {}, expected one of {}", quoted(name), unroll::listed(known)));
    }
    named.emplace(name);
    list.remove_prefix(std::min(list.size(), name.size() + 1));
  }
  return named;
}

}  // namespace

std::string Recordings::digest() const {
  std::string data = std::to_string(rate);
  for (const Utterance& recording : all)
    data += fmt::format("\n{}\n{}\n{}", recording.name, recording.text,
                        unroll::sha256_of(std::as_bytes(std::span(recording.samples))));
  return unroll::sha256_of(std::as_bytes(std::span(data)));
}

Recordings read_recordings(const files::path& folder) {
  Recordings recordings;
  for (const files::path& path : wav_files(folder)) {
    audio::Sound sound = audio::read_wav(path);
    if (recordings.rate != 0 && sound.rate != recordings.rate)
      throw FileError(
          fmt::format("{}: {} Hz, expected {} as the other recordings have; convert it with: sox FILE -r {} "
                      "NEW.wav",
                      quoted(path), sound.rate, recordings.rate, recordings.rate));
    recordings.rate = sound.rate;
    recordings.all.push_back(named(path));
    recordings.all.back().samples = std::move(sound.samples);
  }
  return recordings;
}

Parts parts_of(const Recordings& recordings, const HeldOut& held_out, double validation) {
  const auto speakers = names_in(held_out.speakers, recordings);
  const bool is_each_tenth = speakers.empty() && !held_out.takes;
  Parts parts;
  for (std::size_t i = 0; i < recordings.all.size(); ++i) {
    const Utterance& recording = recordings.all[i];
    const bool is_held_out = (is_each_tenth && i % 10 == 9) || speakers.contains(recording.speaker)
                             || (held_out.takes && recording.take && *recording.take < *held_out.takes);
    (is_held_out ? parts.test : parts.training).push_back(i);
  }
  const auto order = unroll::Random(0).permutation(parts.training.size());
  const auto count = static_cast<std::size_t>(validation * static_cast<double>(order.size()) + 0.5);
  std::vector<std::size_t> learned;
  for (std::size_t i = 0; i < order.size(); ++i)
    (i < count ? parts.validation : learned).push_back(parts.training[order[i]]);
  parts.training = std::move(learned);
  if (parts.test.empty() || parts.training.empty() || (validation > 0 && parts.validation.empty()))
    throw ArgumentError(fmt::format(
        "{} recordings to learn from, {} for validation and {} for the test, expected at least one in each: name other "
        "speakers or takes, or record more",
        parts.training.size(), parts.validation.size(), parts.test.size()));
  return parts;
}

}  // namespace speech
