#pragma once

#include "speech/options.hpp"
#include "speech/recordings.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace speech {

/// The settings of a model of recordings: their rate, the letters and the most frequent text of those that are not the
/// test.
Settings settings_for(const Settings& given, const Recordings& recordings, const Parts& parts);

/// The places of all recordings.
std::vector<std::size_t> all_of(const Recordings& recordings);

/// Throws unroll::FileError unless recordings have the rate of a model; messages call them `name`.
void expect_rate(std::uint64_t rate, std::uint64_t expected, const std::string& name);

/// The samples of a WAV file; or, for "-", all of standard input, samples of 16 bit with the header of a WAV file or
/// without. Throws as read_wav and expect_rate do.
std::vector<float> samples_of(const std::string& file, std::uint64_t rate);

/// Samples of 16 bit as a pipe gives them, with the header of a WAV file before them or without.
class SampleStream {
 public:
  /// Of an open file. The rate is that of the model.
  SampleStream(int descriptor, std::uint64_t rate) : descriptor_(descriptor), rate_(rate) {}

  /// Waits for samples, and gives those that are there; false at the end. Throws unroll::IoError with the system's
  /// reason; and unroll::FileError for a WAV header that wav_header refuses, of another rate, or that is not whole.
  bool read(std::vector<float>& samples);

 private:
  bool is_past_header();

  int descriptor_;
  std::uint64_t rate_;
  std::string bytes_;  // that have been read, and not been given
  bool past_header_ = false;
};

}  // namespace speech
