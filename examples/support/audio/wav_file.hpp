#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Recordings in WAV files. libsndfile, which knows them all, takes a file that was cut off for a shorter one and does
/// not say so; data that a model learns from must not change without a word, so this reader is our own.
namespace audio {

/// A recording of one channel.
struct Sound {
  std::uint32_t rate = 0;      // samples a second
  std::vector<float> samples;  // in [-1, 1)

  double seconds() const { return static_cast<double>(samples.size()) / rate; }
};

/// What stands before the samples of a WAV file.
struct WavHeader {
  std::uint32_t rate;
  std::size_t offset;  // of the first sample, in bytes
  std::size_t bytes;   // of all samples, as the header says
};

/// Reads the header at the beginning of a WAV file or stream, which messages call `name`; nothing if it goes on beyond
/// these bytes. Throws unroll::FileError for what is no WAV file, and for one that is not 8 or 16 kHz, mono, 16 bit PCM
/// (WAVE_FORMAT_EXTENSIBLE or not), with how to convert it.
std::optional<WavHeader> wav_header(std::string_view bytes, std::string_view name);

/// Reads a file. Throws unroll::IoError when it cannot be read; and unroll::FileError as wav_header does, and for a
/// file that was cut off, whose sizes do not fit together, or that has no samples.
Sound read_wav(const std::filesystem::path& path);

/// Writes a file of 16 bit PCM; what is beyond [-1, 1) is clipped. Throws unroll::IoError.
void write_wav(const std::filesystem::path& path, const Sound& sound);

/// Samples of 16 bit, the lower byte first, as numbers in [-1, 1); an odd byte at the end is left out.
std::vector<float> samples_in(std::string_view bytes);

}  // namespace audio
