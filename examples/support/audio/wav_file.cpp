#include "support/audio/wav_file.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/atomic_file.hpp>
#include <unroll/framework/files/input_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace audio {

namespace {

using unroll::FileError, unroll::quoted;

constexpr std::uint64_t largest_file = std::uint64_t{1} << 30U;  // bytes
constexpr std::string_view how_to_convert = "; convert it with: sox FILE -r 8000 -c 1 -b 16 -e signed-integer NEW.wav";

/// The integer of some bytes, the lowest first.
std::uint32_t integer_at(std::string_view bytes, std::size_t offset, std::size_t size) {
  std::uint32_t integer = 0;
  for (std::size_t i = 0; i < size; ++i)
    integer |= std::uint32_t{static_cast<unsigned char>(bytes[offset + i])} << (8 * i);
  return integer;
}
void append_integer(std::string& to, std::uint32_t integer, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) to += static_cast<char>(integer >> (8 * i) & 0xffU);
}

/// The sample rate that a chunk "fmt " tells, of at least 16 bytes.
std::uint32_t rate_in(std::string_view chunk, std::string_view name) {
  const auto number = [&](std::size_t offset, std::size_t size) { return integer_at(chunk, offset, size); };
  constexpr std::uint32_t pcm = 1, extensible = 0xfffe;
  std::uint32_t format = number(0, 2);
  if (format == extensible && chunk.size() >= 40) format = number(24, 2);  // the beginning of its SubFormat
  const std::uint32_t channels = number(2, 2), rate = number(4, 4), bits = number(14, 2);
  const auto refuse = [&](const std::string& given, std::string_view expected) {
    throw FileError(fmt::format("{}: {}, expected {}{}", name, given, expected, how_to_convert));
  };
  if (format != pcm) refuse(fmt::format("samples of the format {:#x}", format), "PCM (0x1)");
  if (channels != 1) refuse(fmt::format("{} channels", channels), "mono");
  if (bits != 16) refuse(fmt::format("samples of {} bits", bits), "16");
  if (rate != 8000 && rate != 16000) refuse(fmt::format("{} Hz", rate), "8000 or 16000");
  if (number(8, 4) != 2 * rate || number(12, 2) != 2)
    throw FileError(fmt::format("{}: {} bytes a second and {} a sample, expected {} and 2: the header is damaged", name,
                                number(8, 4), number(12, 2), 2 * rate));
  return rate;
}

}  // namespace

std::optional<WavHeader> wav_header(std::string_view bytes, std::string_view name) {
  if (bytes.size() < 12) return std::nullopt;
  if (bytes.substr(0, 4) != "RIFF" || bytes.substr(8, 4) != "WAVE")
    throw FileError(fmt::format("{}: no WAV file, which begins with \"RIFF\"; this one with {}{}", name,
                                quoted(bytes.substr(0, 4)), how_to_convert));
  std::optional<std::uint32_t> rate;
  for (std::size_t chunk = 12; chunk + 8 <= bytes.size();) {
    const std::string_view kind = bytes.substr(chunk, 4);
    const std::size_t size = integer_at(bytes, chunk + 4, 4);
    if (kind == "data") {
      if (!rate) throw FileError(fmt::format("{}: samples before their format: the header is damaged", name));
      return WavHeader{*rate, chunk + 8, size};
    }
    if (bytes.size() - chunk - 8 < size) return std::nullopt;
    if (kind == "fmt ") {
      if (size < 16) throw FileError(fmt::format("{}: a format of {} bytes, expected 16 or more", name, size));
      rate = rate_in(bytes.substr(chunk + 8, size), name);
    }
    chunk += 8 + size + size % 2;  // chunks begin at even places
  }
  return std::nullopt;
}

Sound read_wav(const std::filesystem::path& path) {
  const std::string bytes = unroll::read_file(path, largest_file);
  const std::string name = quoted(path);
  const auto header = wav_header(bytes, name);
  if (!header)
    throw FileError(
        fmt::format("{}: it ends, with {} bytes, before its first sample: the file was cut off, or a size "
                    "in it is wrong",
                    name, bytes.size()));
  if (header->bytes > bytes.size() - header->offset)
    throw FileError(fmt::format("{}: {} bytes of samples, expected {}, as the header says: the file was cut off", name,
                                bytes.size() - header->offset, header->bytes));
  if (const std::size_t size = std::size_t{integer_at(bytes, 4, 4)} + 8; size != bytes.size())
    throw FileError(
        fmt::format("{}: {} bytes, expected {}, as the header says: it was cut off, or something was "
                    "appended to it",
                    name, bytes.size(), size));
  if (header->bytes < 2 || header->bytes % 2 != 0)
    throw FileError(
        fmt::format("{}: {} bytes of samples, expected 2 for each sample, and at least one", name, header->bytes));
  return {header->rate, samples_in(std::string_view(bytes).substr(header->offset, header->bytes))};
}

void write_wav(const std::filesystem::path& path, const Sound& sound) {
  const auto size = static_cast<std::uint32_t>(2 * sound.samples.size());
  std::string bytes = "RIFF";
  append_integer(bytes, size + 36, 4);
  bytes += "WAVEfmt ";
  append_integer(bytes, 16, 4);
  for (const std::uint32_t field : {1, 1}) append_integer(bytes, field, 2);  // PCM, one channel
  append_integer(bytes, sound.rate, 4);
  append_integer(bytes, 2 * sound.rate, 4);
  for (const std::uint32_t field : {2, 16}) append_integer(bytes, field, 2);  // bytes and bits of a sample
  bytes += "data";
  append_integer(bytes, size, 4);
  for (const float sample : sound.samples)
    append_integer(bytes, static_cast<std::uint32_t>(std::clamp(std::lround(sample * 32768), -32768L, 32767L)), 2);
  unroll::write_atomically(path, std::as_bytes(std::span(bytes)));
}

std::vector<float> samples_in(std::string_view bytes) {
  std::vector<float> samples(bytes.size() / 2);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<float>(static_cast<std::int16_t>(integer_at(bytes, 2 * i, 2))) / 32768;
  return samples;
}

}  // namespace audio
