#include "speech/listening.hpp"

#include "speech/alphabet.hpp"
#include "speech/transcripts.hpp"
#include "support/audio/wav_file.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <numeric>
#include <system_error>

namespace speech {

namespace {

constexpr const char* name_of_stream = "standard input";

}  // namespace

Settings settings_for(const Settings& given, const Recordings& recordings, const Parts& parts) {
  std::vector<std::string> texts;
  for (const auto& part : {parts.training, parts.validation})
    for (const std::size_t index : part) texts.push_back(recordings.all[index].text);
  Settings settings = given;
  settings.rate = recordings.rate;
  settings.letters = Alphabet(texts).letters();
  settings.most_frequent = most_frequent(texts);
  return settings;
}

std::vector<std::size_t> all_of(const Recordings& recordings) {
  std::vector<std::size_t> all(recordings.all.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

void expect_rate(std::uint64_t rate, std::uint64_t expected, const std::string& name) {
  if (rate != expected)
    throw unroll::FileError(
        fmt::format("{}: {} Hz, expected {}, which the model has learned from; convert it with: sox "
                    "FILE -r {} -c 1 -b 16 NEW.wav",
                    unroll::quoted(name), rate, expected, expected));
}

std::vector<float> samples_of(const std::string& file, std::uint64_t rate) {
  if (file != "-") {
    audio::Sound sound = audio::read_wav(file);
    expect_rate(sound.rate, rate, file);
    return std::move(sound.samples);
  }
  std::vector<float> all, some;
  for (SampleStream stream(STDIN_FILENO, rate); stream.read(some);) all.insert(all.end(), some.begin(), some.end());
  return all;
}

bool SampleStream::read(std::vector<float>& samples) {
  std::array<char, 4096> buffer{};
  do {
    const ::ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      throw unroll::IoError(fmt::format("cannot read {}: {}", name_of_stream, std::generic_category().message(errno)));
    if (count == 0 && !past_header_ && bytes_.starts_with("RIFF"))
      throw unroll::FileError(fmt::format("{}: it ends within the header of a WAV file", name_of_stream));
    if (count == 0) return false;
    bytes_.append(buffer.data(), static_cast<std::size_t>(count));
  } while (!is_past_header() || bytes_.size() < 2);
  samples = audio::samples_in(bytes_);
  bytes_.erase(0, 2 * samples.size());
  return true;
}

/// Takes the header away, if there is one. What the header says of the number of samples is not known in a pipe.
bool SampleStream::is_past_header() {
  if (past_header_) return true;
  if (bytes_.size() < 4) return false;
  if (bytes_.starts_with("RIFF")) {
    const auto header = audio::wav_header(bytes_, name_of_stream);
    if (!header) return false;
    expect_rate(header->rate, rate_, name_of_stream);
    bytes_.erase(0, header->offset);
  }
  return past_header_ = true;
}

}  // namespace speech
