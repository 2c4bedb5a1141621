#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string_view>
#include <vector>

namespace support {

/// The keys that sound in a step, as MIDI counts them (21 is the lowest A of a piano, 108 its highest C), from low to
/// high, each once.
using Chord = std::vector<int>;
/// Chords, one for each step.
using Piece = std::vector<Chord>;

inline constexpr int lowest_key = 21, highest_key = 108;
inline constexpr std::size_t keys = 88;

/// Whether one of the 88 keys, counted from 0, sounds in a chord.
bool sounds(const Chord& chord, std::size_t key);

/// Pieces to learn from, to choose a model by, and to judge it by.
struct PieceSets {
  std::vector<Piece> train, valid, test;
};

/// Reads the piano rolls that the literature uses (Boulanger-Lewandowski et al. 2012), as JSON:
///
///     {"train": [[[60, 64, 67], [], [62]], ...], "valid": [...], "test": [...]}
///
/// each piece a list of steps, each step a list of keys. Or, of a folder, the MIDI files in its folders train, valid
/// and test, with `steps_per_beat` steps a beat. Throws unroll::IoError when something cannot be read;
/// unroll::FileError, with the set, piece and step, for a key that a piano does not have, a step that is none, a piece
/// of fewer than two steps, and a set without pieces.
PieceSets read_pieces(const std::filesystem::path& path, int steps_per_beat);

}  // namespace support
