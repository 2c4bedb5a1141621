#include "speech/recordings.hpp"
#include "support/audio/wav_file.hpp"
#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>

#include <filesystem>
#include <fstream>

using Catch::Contains;
using speech::parts_of, speech::read_recordings, speech::Recordings;

namespace {

/// A folder of recordings of ten samples.
struct Folder {
  TemporaryDirectory directory;

  const Folder& add(const std::string& name, const std::string& text = "", std::uint32_t rate = 8000) const {
    audio::write_wav(directory / (name + ".wav"), {.rate = rate, .samples = std::vector<float>(10, 0.5F)});
    if (!text.empty()) std::ofstream(directory / (name + ".txt")) << text;
    return *this;
  }
  Recordings read() const { return read_recordings(directory / ""); }
  std::string refusal() const {
    return message_of<unroll::FileError>([&] { read(); });
  }
};

/// Takes 0 to 9 of two speakers, named alone.
Recordings twenty() {
  Recordings recordings{.rate = 8000, .all = {}};
  for (const char* const speaker : {"ann", "bob"})
    for (std::uint64_t take = 0; take < 10; ++take)
      recordings.all.push_back(
          {.name = "", .speaker = speaker, .take = take, .text = "one", .samples = std::vector<float>(10)});
  return recordings;
}

}  // namespace

TEST_CASE("recordings have their texts beside them, and are named by speaker and take") {
  Folder folder;
  folder.add("en-us_f2_00017", "Two  Hundred\n").add("alone", "one");
  std::ofstream(folder.directory / "notes.md") << "no recording";
  const Recordings recordings = folder.read();
  REQUIRE(recordings.all.size() == 2);
  CHECK(recordings.rate == 8000);
  CHECK(recordings.all[0].name == "alone");
  CHECK(recordings.all[0].speaker == "alone");
  CHECK_FALSE(recordings.all[0].take);
  CHECK(recordings.all[1].speaker == "en-us_f2");
  CHECK(recordings.all[1].take == 17U);
  CHECK(recordings.all[1].text == "two hundred");
  CHECK(recordings.all[1].samples == std::vector<float>(10, 0.5F));
}

TEST_CASE("recordings may be named as those of the Free Spoken Digit Dataset") {
  Folder folder;
  folder.add("7_jackson_12").add("0_theo_0");
  const Recordings recordings = folder.read();
  CHECK(recordings.all[0].text == "zero");
  CHECK(recordings.all[1].text == "seven");
  CHECK(recordings.all[1].speaker == "jackson");
  CHECK(recordings.all[1].take == 12U);
}

TEST_CASE("a folder of recordings that lacks something is refused with the file") {
  CHECK_THAT(Folder().add("hello_1").refusal(), Contains("hello_1.wav\" has no text, expected \"hello_1.txt\""));
  CHECK_THAT(Folder().add("7_jackson").refusal(), Contains("has no text"));
  CHECK_THAT(Folder().add("a_1", " \n").refusal(), Contains("a_1.txt\": empty"));
  CHECK_THAT(Folder().add("a_1", "\xff").refusal(), Contains("a_1.txt\": no UTF-8"));
  CHECK_THAT(Folder().add("a_1", "one").add("b_1", "one", 16000).refusal(),
             Contains("b_1.wav\": 16000 Hz, expected 8000"));
  CHECK_THAT(Folder().refusal(), Contains("no recordings (*.wav)"));
  Folder damaged;
  std::ofstream(damaged.directory / "a_1.wav") << "RIFF";
  CHECK_THAT(damaged.refusal(), Contains("was cut off"));
  CHECK_THAT(message_of<unroll::IoError>([] { read_recordings("/nowhere/speech"); }),
             Contains("/nowhere/speech") && Contains("No such file"));
}

TEST_CASE("the digest of recordings is that of their names, texts, samples and rate") {
  const Recordings recordings = twenty();
  const auto differs = [&](auto&& change) {
    Recordings changed = recordings;
    change(changed);
    return changed.digest() != recordings.digest();
  };
  CHECK_FALSE(differs([](auto&) {}));
  CHECK(differs([](auto& changed) { changed.rate = 16000; }));
  CHECK(differs([](auto& changed) { changed.all[3].text = "two"; }));
  CHECK(differs([](auto& changed) { changed.all[3].name = "x"; }));
  CHECK(differs([](auto& changed) { changed.all[3].samples[9] = 1e-3F; }));
}

TEST_CASE("speakers are held out with all that they say, or takes with all speakers, or every tenth recording") {
  const Recordings recordings = twenty();
  const auto by_speaker = parts_of(recordings, {.speakers = "bob"}, 0.2);
  CHECK(by_speaker.test == std::vector<std::size_t>{10, 11, 12, 13, 14, 15, 16, 17, 18, 19});
  CHECK(by_speaker.validation.size() == 2);
  CHECK(by_speaker.training.size() == 8);
  const auto by_take = parts_of(recordings, {.takes = 2}, 0);
  CHECK(by_take.test == std::vector<std::size_t>{0, 1, 10, 11});
  CHECK(parts_of(recordings, {}, 0).test == std::vector<std::size_t>{9, 19});
}

TEST_CASE("each recording is in one part, and the parts are the same each time") {
  const auto parts = parts_of(twenty(), {}, 0.25), again = parts_of(twenty(), {}, 0.25);
  std::vector<int> seen(20);
  for (const auto& part : {parts.training, parts.validation, parts.test})
    for (const std::size_t index : part) ++seen[index];
  CHECK(seen == std::vector<int>(20, 1));
  CHECK(parts.training == again.training);
}

TEST_CASE("a speaker that is not there, and a part without recordings, are refused") {
  const auto refusal = [](const speech::HeldOut& held_out, double validation) {
    return message_of<unroll::ArgumentError>([&] { parts_of(twenty(), held_out, validation); });
  };
  CHECK_THAT(refusal({.speakers = "ann,eve"}, 0), Contains("no speaker \"eve\", expected one of \"ann\", \"bob\""));
  CHECK_THAT(refusal({.speakers = "ann,bob"}, 0), Contains("0 recordings to learn from, 0 for validation and 20"));
  CHECK_THAT(refusal({.takes = 100}, 0.1), Contains("0 recordings to learn from"));
  CHECK_THAT(refusal({}, 0.01), Contains("0 for validation"));
}
