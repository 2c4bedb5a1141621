#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/midi.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/random.hpp>

#include <fstream>

using Catch::Contains;
using support::Piece, support::read_midi, support::write_midi;

namespace {

/// A MIDI file of one track with 96 pulses a quarter note.
std::string song(const std::string& events, const std::string& division = {0, 96}) {
  const std::string track = events + std::string("\0\xFF\x2F\0", 4);
  return std::string("MThd\0\0\0\6\0\0\0\1", 12) + division + std::string("MTrk\0\0\0", 7)
         + static_cast<char>(track.size()) + track;
}
/// An event after so many pulses, below 128.
std::string event(int pulses, int status, int key, int velocity) {
  std::string text;
  for (const int byte : {pulses, status, key, velocity}) text += static_cast<char>(byte);
  return text;
}

struct File {
  TemporaryDirectory directory;
  std::filesystem::path path = directory / "song.mid";
  explicit File(const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }
  std::string refusal() const {
    return message_of<unroll::FileError>([&] { read_midi(path, 4); });
  }
};
Piece read(const std::string& bytes, int steps_per_beat = 4) { return read_midi(File(bytes).path, steps_per_beat); }

}  // namespace

TEST_CASE("keys sound from where they are struck to where they are let go, to the nearest step") {
  // A step is 24 pulses.
  const std::string c = event(0, 0x90, 60, 64), e = event(24, 0x90, 64, 64);
  const std::string c_ends = event(24 - 11, 0x80, 60, 0), e_ends = event(24, 0x90, 64, 0);  // at 37 and 61
  CHECK(read(song(c + e + c_ends + e_ends)) == Piece{{60}, {60, 64}, {64}});
  CHECK(read(song(c + e + c_ends + e_ends), 1) == Piece{{60, 64}});
}

TEST_CASE("a short key sounds for a step, and one that is struck again in several") {
  CHECK(read(song(event(0, 0x90, 60, 64) + event(2, 0x80, 60, 0))) == Piece{{60}});
  CHECK(read(song(event(0, 0x90, 60, 64) + event(24, 0x90, 60, 64) + event(24, 0x80, 60, 0))) == Piece{{60}, {60}});
}

TEST_CASE("silence stays between notes, and goes before the first") {
  const std::string note = event(48, 0x90, 60, 64) + event(24, 0x80, 60, 0);
  CHECK(read(song(note + note)) == Piece{{60}, {}, {}, {60}});
}

TEST_CASE("drums and keys that a piano does not have are left out") {
  const std::string note = event(0, 0x91, 60, 64) + event(24, 0x81, 60, 0);
  const std::string drum = event(0, 0x99, 40, 64) + event(24, 0x89, 40, 0);
  const std::string low = event(0, 0x90, 20, 64) + event(24, 0x80, 20, 0), high = event(0, 0x90, 109, 64);
  CHECK(read(song(note + drum + low + high)) == Piece{{60}});
  CHECK_THAT(File(song(drum + low)).refusal(), Contains("no notes that a piano has"));
}

TEST_CASE("a piece that is written is read again as it was") {
  const TemporaryDirectory directory;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const unroll::Random random = unroll::Random(seed);
    Piece piece(30);
    for (std::size_t step = 0; step < piece.size(); ++step)
      for (int key = support::lowest_key; key <= support::highest_key; ++key)
        if (random.split(step).uniform(static_cast<std::uint64_t>(key)) < 0.1) piece[step].push_back(key);
    if (piece.front().empty()) piece.front() = {60};
    if (piece.back().empty()) piece.back() = {60};
    for (const int steps_per_beat : {1, 4, 96}) {
      write_midi(directory / "a.mid", piece, steps_per_beat);
      CHECK(read_midi(directory / "a.mid", steps_per_beat) == piece);
    }
  }
  CHECK(directory.count() == 1);
}

TEST_CASE("a score of Satie's is read as it is written") {
  const Piece piece = read_midi(UNROLL_TEST_DATA "/examples/data/gymnopedie.mid", 1);  // quarter notes in 3/4
  CHECK(piece.size() == 141);
  CHECK(piece[0] == support::Chord{43});              // G
  CHECK(piece[1] == support::Chord{43, 59, 62, 66});  // and above it b, d, f sharp
  CHECK(piece[3] == support::Chord{38});              // D
  CHECK(piece[4] == support::Chord{38, 57, 61, 66});  // and above it a, c sharp, f sharp
}

TEST_CASE("what is no MIDI file, or a damaged one, is refused") {
  const std::string whole = song(event(0, 0x90, 60, 64) + event(24, 0x80, 60, 0));
  CHECK_THAT(File("RIFF....WAVE").refusal(), Contains("song.mid") && Contains("this is no MIDI file"));
  CHECK_THAT(File("").refusal(), Contains("this is no MIDI file"));
  CHECK_THAT(File(song("", {static_cast<char>(0xE7), 40})).refusal(),
             Contains("a damaged MIDI file: ") && Contains("FPS"));
  CHECK_THROWS_AS(read_midi("/nowhere/a.mid", 4), unroll::IoError);
  CHECK_THROWS_AS(write_midi("/nowhere/a.mid", {{60}}, 4), unroll::IoError);
  for (std::size_t size = 4; size < whole.size() - 4; ++size) {
    CAPTURE(size);
    CHECK_THAT(File(whole.substr(0, size)).refusal(), Contains("song.mid"));
  }
}
