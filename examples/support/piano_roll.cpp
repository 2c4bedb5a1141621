#include "support/piano_roll.hpp"

#include "support/midi.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/bounded_json.hpp>
#include <unroll/framework/files/input_file.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

namespace support {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using unroll::FileError, unroll::quoted;

constexpr std::size_t largest_rolls = 1U << 28U;  // bytes

Chord chord_of(const json& list, const std::string& place) {
  if (!list.is_array()) throw FileError(fmt::format("{}: expected a list of keys, such as [60, 64, 67]", place));
  Chord chord;
  for (const json& key : list) {
    if (!key.is_number_integer() || key < lowest_key || key > highest_key)
      throw FileError(fmt::format("{}: the key {}, expected a whole number from {} to {}", place,
                                  unroll::printable(key.dump()), lowest_key, highest_key));
    chord.push_back(key.get<int>());
  }
  std::sort(chord.begin(), chord.end());
  chord.erase(std::unique(chord.begin(), chord.end()), chord.end());
  return chord;
}

std::vector<Piece> pieces_of(const json& all, const char* set, const std::string& file) {
  const auto found = all.find(set);
  if (found == all.end() || !found->is_array())
    throw FileError(
        fmt::format("{}: no list {}, expected {{\"train\": ..., \"valid\": ..., \"test\": ...}}", file, quoted(set)));
  std::vector<Piece> pieces;
  for (const json& steps : *found) {
    const std::string place = fmt::format("{}: {}, piece {}", file, set, pieces.size() + 1);
    if (!steps.is_array()) throw FileError(place + ": expected a list of steps");
    Piece& piece = pieces.emplace_back();
    for (const json& step : steps) piece.push_back(chord_of(step, fmt::format("{}, step {}", place, piece.size() + 1)));
  }
  return pieces;
}

json read_json(const fs::path& path) {
  const std::string text = unroll::read_file(path, largest_rolls);
  if (!unroll::is_bounded_json(text, {.bytes = largest_rolls, .depth = 5}, quoted(path)))
    throw FileError(
        fmt::format("{}: this is no JSON, expected {{\"train\": ..., \"valid\": ..., \"test\": ...}}", quoted(path)));
  json all = json::parse(text);
  if (!all.is_object()) throw FileError(quoted(path) + ": expected an object of train, valid and test");
  return all;
}

std::vector<Piece> pieces_in(const fs::path& folder, int steps_per_beat) {
  std::vector<fs::path> files;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing))
    if (entry.path().extension() == ".mid" || entry.path().extension() == ".midi") files.push_back(entry.path());
  if (missing)
    throw unroll::IoError(fmt::format("cannot read {}: {}; expected the folders train, valid and test of MIDI files",
                                      quoted(folder), missing.message()));
  std::sort(files.begin(), files.end());  // the system lists them in any order
  std::vector<Piece> pieces;
  for (const fs::path& file : files) pieces.push_back(read_midi(file, steps_per_beat));
  return pieces;
}

void expect_pieces(const std::vector<Piece>& pieces, const char* set, const fs::path& path) {
  if (pieces.empty()) throw FileError(fmt::format("{}: {} has no pieces, expected at least one", quoted(path), set));
  for (std::size_t i = 0; i < pieces.size(); ++i)
    if (pieces[i].size() < 2)
      throw FileError(fmt::format("{}: {}, piece {}: {} steps, expected at least 2, one to go on from", quoted(path),
                                  set, i + 1, pieces[i].size()));
}

}  // namespace

bool sounds(const Chord& chord, std::size_t key) {
  return std::binary_search(chord.begin(), chord.end(), static_cast<int>(key) + lowest_key);
}

PieceSets read_pieces(const fs::path& path, int steps_per_beat) {
  PieceSets sets;
  if (fs::is_directory(path)) {
    sets = {pieces_in(path / "train", steps_per_beat), pieces_in(path / "valid", steps_per_beat),
            pieces_in(path / "test", steps_per_beat)};
  } else {
    const json all = read_json(path);
    sets = {pieces_of(all, "train", quoted(path)), pieces_of(all, "valid", quoted(path)),
            pieces_of(all, "test", quoted(path))};
  }
  expect_pieces(sets.train, "train", path);
  expect_pieces(sets.valid, "valid", path);
  expect_pieces(sets.test, "test", path);
  return sets;
}

}  // namespace support
