#include "speech/listening.hpp"
#include "support/audio/wav_file.hpp"
#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>

#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>

using Catch::Contains;
using namespace speech;
using namespace std::string_literals;

namespace {

/// A pipe that bytes are written into.
struct Pipe {
  std::array<int, 2> ends{};
  Pipe() { REQUIRE(pipe(ends.data()) == 0); }
  ~Pipe() { close(ends[0]), end(); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void write(const std::string& bytes) const {
    REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<::ssize_t>(bytes.size()));
  }
  void end() {
    if (ends[1] >= 0) close(std::exchange(ends[1], -1));
  }
};

std::string wav_bytes() {
  const TemporaryDirectory directory;
  audio::write_wav(directory / "a.wav", {.rate = 8000, .samples = {0.5F, -0.25F, 0}});
  std::ifstream file(directory / "a.wav", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a stream gives samples as they come, with an odd byte kept for the next time") {
  Pipe pipe;
  SampleStream stream(pipe.ends[0], 8000);
  std::vector<float> samples;
  pipe.write("\x00\x40\x00\xe0\x00"s);
  REQUIRE(stream.read(samples));
  CHECK(samples == std::vector<float>{0.5F, -0.25F});
  pipe.write("\x20"s);
  REQUIRE(stream.read(samples));
  CHECK(samples == std::vector<float>{0.25F});
  pipe.write("\x20"s);
  pipe.end();
  CHECK_FALSE(stream.read(samples));  // half a sample is none
}

TEST_CASE("a stream may begin with the header of a WAV file, in any pieces") {
  const std::string bytes = wav_bytes();
  for (std::size_t first = 1; first < bytes.size(); ++first) {
    Pipe pipe;
    SampleStream stream(pipe.ends[0], 8000);
    std::vector<float> all, samples;
    pipe.write(bytes.substr(0, first));
    if (first > 45) {
      REQUIRE(stream.read(samples));
      all = samples;
    }
    pipe.write(bytes.substr(first));
    pipe.end();
    while (stream.read(samples)) all.insert(all.end(), samples.begin(), samples.end());
    CAPTURE(first);
    CHECK(all == std::vector<float>{0.5F, -0.25F, 0});
  }
}

TEST_CASE("a stream of another rate, one that ends in its header, and one that cannot be read are refused") {
  std::vector<float> samples;
  const auto refusal = [&](const std::string& bytes, std::uint64_t rate) {
    Pipe pipe;
    pipe.write(bytes);
    pipe.end();
    return message_of<unroll::FileError>([&] { SampleStream(pipe.ends[0], rate).read(samples); });
  };
  CHECK_THAT(refusal(wav_bytes(), 16000), Contains("\"standard input\": 8000 Hz, expected 16000") && Contains("sox"));
  CHECK_THAT(refusal(wav_bytes().substr(0, 40), 8000), Contains("it ends within the header"));
  CHECK_THAT(message_of<unroll::IoError>([&] { SampleStream(-1, 8000).read(samples); }),
             Contains("cannot read standard input: Bad file descriptor"));
}

TEST_CASE("a WAV file has the rate of the model") {
  const TemporaryDirectory directory;
  audio::write_wav(directory / "a.wav", {.rate = 8000, .samples = {0.5F, 0}});
  CHECK(samples_of(directory / "a.wav", 8000) == std::vector<float>{0.5F, 0});
  CHECK_THAT(message_of<unroll::FileError>([&] { samples_of(directory / "a.wav", 16000); }),
             Contains("a.wav\": 8000 Hz, expected 16000"));
}

TEST_CASE("what is kept with a model comes from all recordings but those of the test") {
  Recordings recordings{.rate = 16000, .all = {}};
  for (const char* const text : {"ab", "c", "xyz", "c"})
    recordings.all.push_back({.name = "", .speaker = "", .text = text, .samples = {}});
  const Settings settings =
      settings_for({.hidden = 7}, recordings, {.training = {0, 1}, .validation = {3}, .test = {2}});
  CHECK(settings.letters == "abc");
  CHECK(settings.most_frequent == "c");
  CHECK(settings.rate == 16000);
  CHECK(settings.hidden == 7);
  CHECK(all_of(recordings) == std::vector<std::size_t>{0, 1, 2, 3});
}
