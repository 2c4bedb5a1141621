#pragma once

#include "support/piano_roll.hpp"

#include <filesystem>

namespace support {

/// Reads a MIDI file (SMF) with `steps_per_beat` steps a quarter note: a key sounds in each step that it is down in for
/// half of the step or more, and at least in the one that is nearest to where it is struck. Drums (channel 10) and keys
/// that a piano does not have are left out, and so is silence at both ends. Throws unroll::IoError when the file cannot
/// be read, and unroll::FileError when it is no MIDI file, is damaged, counts time in frames of a film, or has no
/// notes.
Piece read_midi(const std::filesystem::path& path, int steps_per_beat);

/// Writes a MIDI file of one piano, all of it or nothing. A key that sounds in several steps in a row is one note.
/// Throws unroll::IoError.
void write_midi(const std::filesystem::path& path, const Piece& piece, int steps_per_beat, int beats_per_minute = 100);

}  // namespace support
