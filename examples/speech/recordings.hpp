#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace speech {

/// What somebody said, and the sound of it.
struct Utterance {
  std::string name;     // of its file, without ".wav"
  std::string speaker;  // what stands before the last "_" of the name
  std::optional<std::uint64_t> take{};
  std::string text;            // as `plain` writes it
  std::vector<float> samples;  // in [-1, 1)
};

/// Recordings of one rate, in the order of their names.
struct Recordings {
  std::uint32_t rate = 0;  // samples a second
  std::vector<Utterance> all;

  /// The SHA-256 of names, texts and samples, by which a checkpoint knows them again.
  std::string digest() const;
};

/// Reads the files *.wav of a folder. What is said in NAME_TAKE.wav stands in NAME_TAKE.txt, and NAME is who says it;
/// or the file is named as those of the Free Spoken Digit Dataset: 7_jackson_12.wav is the twelfth time that jackson
/// says "seven". Throws unroll::IoError when the folder or a file cannot be read; and unroll::FileError for a folder
/// without recordings, one without a text, a text that is empty or no UTF-8, a rate that is not that of the others, and
/// what audio::read_wav refuses.
Recordings read_recordings(const std::filesystem::path& folder);

/// Which recordings are held out.
struct HeldOut {
  std::string speakers{};                // with commas between them; empty: none
  std::optional<std::uint64_t> takes{};  // the takes of everybody that are below this number
};

/// Recordings by their place: those to learn from, those that tell which model is the best, and those that judge it.
struct Parts {
  std::vector<std::size_t> training, validation, test;
};

/// Holds out speakers, or takes, or, when neither is named, each tenth recording; and of the rest a fraction for
/// validation. Throws unroll::ArgumentError for a speaker that is not there, and when a part would be empty.
Parts parts_of(const Recordings& recordings, const HeldOut& held_out, double validation);

}  // namespace speech
