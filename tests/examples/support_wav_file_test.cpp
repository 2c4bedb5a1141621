#include "support/audio/wav_file.hpp"
#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>

#include <fstream>
#include <sstream>

using audio::read_wav, audio::Sound, audio::wav_header;
using Catch::Contains;
using namespace std::string_literals;

namespace {

std::string little(std::uint32_t number, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xff);
  return bytes;
}

/// A file, field by field.
struct File {
  std::uint32_t format = 1, channels = 1, rate = 8000, bytes_a_second = 16000, align = 2, bits = 16;
  std::string more_format{}, before_data{}, data = "\x01\x00\xff\xff\x00\x40"s, behind{};
  std::uint32_t data_size = 6;

  std::string bytes() const {
    const std::string fmt = little(format, 2) + little(channels, 2) + little(rate, 4) + little(bytes_a_second, 4)
                            + little(align, 2) + little(bits, 2) + more_format;
    const std::string chunks = "WAVEfmt " + little(static_cast<std::uint32_t>(fmt.size()), 4) + fmt + before_data
                               + "data" + little(data_size, 4) + data + behind;
    return "RIFF" + little(static_cast<std::uint32_t>(chunks.size()), 4) + chunks;
  }
};

Sound read(const std::string& bytes) {
  const TemporaryDirectory directory;
  std::ofstream(directory / "a.wav", std::ios::binary) << bytes;
  return read_wav(directory / "a.wav");
}
std::string refusal(const std::string& bytes) {
  return message_of<unroll::FileError>([&] { read(bytes); });
}

}  // namespace

TEST_CASE("a WAV file is read byte by byte as it was put together by hand") {
  const Sound sound = read(File().bytes());
  CHECK(sound.rate == 8000);
  CHECK(sound.samples == std::vector<float>{1 / 32768.F, -1 / 32768.F, 0.5F});
  CHECK(read(File{.rate = 16000, .bytes_a_second = 32000}.bytes()).rate == 16000);
}

TEST_CASE("a WAV file may have other chunks, of odd sizes too, and the extensible form of PCM") {
  const std::string list = "LIST" + little(3, 4) + "abc\0"s;
  CHECK(read(File{.before_data = list, .behind = list}.bytes()).samples.size() == 3);
  const std::string extensible = little(22, 2) + little(16, 2) + little(4, 4) + little(1, 2) + std::string(14, '\x11');
  CHECK(read(File{.format = 0xfffe, .more_format = extensible}.bytes()).samples.size() == 3);
}

TEST_CASE("what is written as WAV is read again, clipped to what 16 bits hold") {
  const TemporaryDirectory directory;
  audio::write_wav(directory / "b.wav", {.rate = 16000, .samples = {0, 0.25F, -1, 1.5F, -7}});
  const Sound sound = read_wav(directory / "b.wav");
  CHECK(sound.rate == 16000);
  CHECK(sound.samples == std::vector<float>{0, 0.25F, -1, 32767 / 32768.F, -1});
  CHECK(sound.seconds() == Approx(5 / 16000.));
  std::ifstream file(directory / "b.wav", std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  const auto samples = "\x00\x00\x00\x20\x00\x80\xff\x7f\x00\x80"s;
  CHECK(bytes == File{.rate = 16000, .bytes_a_second = 32000, .data = samples, .data_size = 10}.bytes());
}

TEST_CASE("a WAV file of another kind is refused with how to convert it") {
  const auto sox = Contains("sox FILE -r 8000 -c 1 -b 16");
  CHECK_THAT(refusal(File{.rate = 44100, .bytes_a_second = 88200}.bytes()), Contains("44100 Hz, expected 8000") && sox);
  CHECK_THAT(refusal(File{.channels = 2}.bytes()), Contains("2 channels, expected mono") && sox);
  CHECK_THAT(refusal(File{.bits = 8}.bytes()), Contains("samples of 8 bits, expected 16") && sox);
  CHECK_THAT(refusal(File{.format = 3}.bytes()), Contains("format 0x3, expected PCM") && sox);
  const std::string floats = little(22, 2) + little(16, 2) + little(4, 4) + little(3, 2) + std::string(14, '\x11');
  CHECK_THAT(refusal(File{.format = 0xfffe, .more_format = floats}.bytes()), Contains("format 0x3") && sox);
  CHECK_THAT(refusal("ID3 and the rest of an MP3"), Contains("no WAV file") && Contains("ID3") && sox);
}

TEST_CASE("a WAV file that was cut off anywhere is refused") {
  const std::string whole = File{.before_data = "LIST" + little(2, 4) + "ab"}.bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_THAT(refusal(whole.substr(0, size)), Contains("a.wav\": ") && Contains("was cut off"));
  }
}

TEST_CASE("a WAV file whose sizes do not fit together is refused") {
  CHECK_THAT(refusal(File().bytes() + "more"), Contains("54 bytes, expected 50") && Contains("appended"));
  CHECK_THAT(refusal(File{.data_size = 8}.bytes()), Contains("6 bytes of samples, expected 8"));
  CHECK_THAT(refusal(File{.data_size = 5}.bytes()), Contains("5 bytes of samples, expected 2 for each sample"));
  CHECK_THAT(refusal(File{.data = "", .data_size = 0}.bytes()), Contains("0 bytes of samples"));
  CHECK_THAT(refusal(File{.bytes_a_second = 8000}.bytes()), Contains("8000 bytes a second and 2 a sample"));
  CHECK_THAT(refusal(File{.align = 4}.bytes()), Contains("16000 bytes a second and 4 a sample"));
  CHECK_THAT(refusal("RIFF" + little(12, 4) + "WAVEdata" + little(0, 4)), Contains("samples before their format"));
  CHECK_THAT(refusal("RIFF" + little(14, 4) + "WAVEfmt " + little(2, 4) + "ab"), Contains("a format of 2 bytes"));
  CHECK_THAT(refusal("RIFF" + little(12, 4) + "WAVELIST" + little(0xfffffff0, 4)), Contains("it ends, with 20 bytes"));
  CHECK_THROWS_AS(read_wav("/nowhere/a.wav"), unroll::IoError);
}

TEST_CASE("a stream's WAV header is known as soon as it is whole") {
  const std::string bytes = File().bytes();
  const std::size_t header = bytes.size() - 6;
  for (std::size_t size = 0; size < header; ++size)
    CHECK_FALSE(wav_header(std::string_view(bytes).substr(0, size), "-"));
  for (std::size_t size = header; size <= bytes.size(); ++size) {
    const auto found = wav_header(std::string_view(bytes).substr(0, size), "-");
    REQUIRE(found);
    CHECK(found->offset == header);
    CHECK(found->bytes == 6);
    CHECK(found->rate == 8000);
  }
}
