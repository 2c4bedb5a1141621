#include "support/midi.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/atomic_file.hpp>
#include <unroll/framework/files/input_file.hpp>

#include <fmt/format.h>
#include <smf.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

namespace support {

namespace {

namespace fs = std::filesystem;
using unroll::FileError, unroll::quoted;

constexpr std::size_t largest_song = 1U << 24U;  // bytes
constexpr std::size_t most_steps = 1U << 20U;
constexpr int drums = 9;  // channel 10, counted from 0

using Song = std::unique_ptr<smf_t, decltype(&smf_delete)>;

/// Keeps the first thing that libsmf complains of, which it would print, while this object lives.
class Complaints {
 public:
  Complaints() : before_(g_log_set_default_handler(keep, this)) {}
  ~Complaints() { g_log_set_default_handler(before_, nullptr); }
  Complaints(const Complaints&) = delete;
  Complaints& operator=(const Complaints&) = delete;
  const std::string& first() const { return first_; }

 private:
  static void keep(const char*, GLogLevelFlags, const char* text, void* self) {
    auto& first = static_cast<Complaints*>(self)->first_;
    if (first.empty()) first = text;
  }
  std::string first_;
  GLogFunc before_;
};

Song load(const fs::path& path) {
  std::string bytes = unroll::read_file(path, largest_song);
  if (!bytes.starts_with("MThd"))
    throw FileError(fmt::format("{}: this is no MIDI file, expected one that begins with \"MThd\"", quoted(path)));
  const Complaints complaints;
  Song song(smf_load_from_memory(bytes.data(), static_cast<int>(bytes.size())), smf_delete);
  if (song == nullptr || !complaints.first().empty())
    throw FileError(fmt::format("{}: a damaged MIDI file: {}", quoted(path), unroll::printable(complaints.first())));
  return song;
}

/// A key from where it is struck to where it is let go, in pulses.
struct Note {
  int key;
  double begin, end;
};

std::vector<Note> notes_of(smf_t& song) {
  std::vector<Note> notes;
  std::array<std::array<double, 128>, 16> struck;  // when, by channel and key; below 0: not
  for (auto& channel : struck) channel.fill(-1);
  while (const smf_event_t* const event = smf_get_next_event(&song)) {
    if (event->midi_buffer_length < 3 || smf_event_is_metadata(event) != 0) continue;
    const int kind = event->midi_buffer[0] & 0xF0, channel = event->midi_buffer[0] & 0x0F,
              key = event->midi_buffer[1] & 0x7F;
    if ((kind != 0x80 && kind != 0x90) || channel == drums || key < lowest_key || key > highest_key) continue;
    double& begin = struck[static_cast<std::size_t>(channel)][static_cast<std::size_t>(key)];
    const double now = event->time_pulses;
    if (begin >= 0) notes.push_back({key, begin, now});  // let go, or struck again
    begin = kind == 0x90 && event->midi_buffer[2] > 0 ? now : -1;
  }
  return notes;
}

smf_event_t* event_of(int status, int key, int velocity) {
  smf_event_t* const event = smf_event_new_from_bytes(status, key, velocity);
  if (event == nullptr) throw std::bad_alloc();
  return event;
}

bool sounds_at(const Piece& piece, std::size_t step, int key) {
  return step < piece.size() && sounds(piece[step], static_cast<std::size_t>(key - lowest_key));
}

/// Puts the notes of a piece on a track, and a meter of one step a pulse.
void add_notes(smf_track_t* track, const Piece& piece) {
  for (std::size_t step = 0; step <= piece.size(); ++step) {
    const int now = static_cast<int>(step);
    if (step > 0)
      for (const int key : piece[step - 1])
        if (!sounds_at(piece, step, key)) smf_track_add_event_pulses(track, event_of(0x80, key, 0), now);
    if (step == piece.size()) break;
    for (const int key : piece[step])
      if (step == 0 || !sounds_at(piece, step - 1, key))
        smf_track_add_event_pulses(track, event_of(0x90, key, 80), now);
  }
}

}  // namespace

Piece read_midi(const fs::path& path, int steps_per_beat) {
  const Song song = load(path);
  const std::vector<Note> notes = notes_of(*song);
  if (notes.empty()) throw FileError(fmt::format("{}: no notes that a piano has", quoted(path)));
  const double pulses = static_cast<double>(song->ppqn) / steps_per_beat;  // of a step
  std::vector<Chord> chords;
  for (const auto& [key, begin, end] : notes) {
    const auto first = static_cast<std::size_t>(std::lround(begin / pulses));
    const auto last = std::max(first + 1, static_cast<std::size_t>(std::lround(end / pulses)));
    if (last > most_steps) throw FileError(fmt::format("{}: it lasts more than {} steps", quoted(path), most_steps));
    if (last > chords.size()) chords.resize(last);
    for (std::size_t step = first; step < last; ++step) chords[step].push_back(key);
  }
  for (Chord& chord : chords) {
    std::sort(chord.begin(), chord.end());
    chord.erase(std::unique(chord.begin(), chord.end()), chord.end());
  }
  const auto first = std::find_if(chords.begin(), chords.end(), [](const Chord& chord) { return !chord.empty(); });
  return {first, chords.end()};
}

void write_midi(const fs::path& path, const Piece& piece, int steps_per_beat, int beats_per_minute) {
  const Song song(smf_new(), smf_delete);
  smf_track_t* const track = smf_track_new();
  if (song == nullptr || track == nullptr) throw std::bad_alloc();
  smf_add_track(song.get(), track);
  if (smf_set_ppqn(song.get(), steps_per_beat) != 0) throw unroll::Error("libsmf refuses the steps of a beat");
  const int tempo = 60'000'000 / beats_per_minute;  // microseconds of a beat
  const std::array<unsigned char, 6> meta{0xFF,
                                          0x51,
                                          3,
                                          static_cast<unsigned char>(tempo >> 16),
                                          static_cast<unsigned char>(tempo >> 8),
                                          static_cast<unsigned char>(tempo)};
  smf_event_t* const set_tempo =
      smf_event_new_from_pointer(const_cast<unsigned char*>(meta.data()), static_cast<int>(meta.size()));
  if (set_tempo == nullptr) throw std::bad_alloc();
  smf_track_add_event_pulses(track, set_tempo, 0);
  add_notes(track, piece);
  unroll::expect_writable(path);
  const std::string beside = path.string() + ".part";  // libsmf writes by name, and not all or nothing
  std::error_code error;
  if (smf_save(song.get(), beside.c_str()) == 0) return fs::rename(beside, path);
  fs::remove(beside, error);
  throw unroll::IoError(fmt::format("cannot write {}: is the disk full?", quoted(path)));
}

}  // namespace support
