#include "music/excerpts.hpp"

#include <unroll/framework/files/sha256.hpp>

#include <algorithm>

namespace music {

namespace {

using support::Chord, support::highest_key, support::lowest_key;

/// Whether all chords of an excerpt are on the piano.
bool fits(const Piece& piece, const Excerpt& excerpt) {
  const auto begin = piece.begin() + static_cast<std::ptrdiff_t>(excerpt.first);
  return std::all_of(begin, begin + static_cast<std::ptrdiff_t>(excerpt.steps + 1), [&](const Chord& chord) {
    return chord.empty()
           || (chord.front() + excerpt.semitones >= lowest_key && chord.back() + excerpt.semitones <= highest_key);
  });
}

void put(const Chord& chord, int semitones, std::size_t step, std::size_t n, unroll::Tensor<float>& to) {
  for (const int key : chord) to.at({step, n, static_cast<std::size_t>(key + semitones - lowest_key)}) = 1;
}

}  // namespace

std::vector<Excerpt> whole_pieces(const std::vector<Piece>& pieces) {
  std::vector<Excerpt> excerpts;
  for (std::size_t i = 0; i < pieces.size(); ++i) excerpts.push_back({i, 0, pieces[i].size() - 1});
  return excerpts;
}

std::vector<Excerpt> excerpts_of(const std::vector<Piece>& pieces, std::size_t steps, int transpose) {
  std::vector<Excerpt> excerpts;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    for (std::size_t first = 0;; first += (steps + 1) / 2) {
      const std::size_t left = pieces[i].size() - 1 - first;
      for (int semitones = -transpose; semitones <= transpose; ++semitones) {
        const Excerpt excerpt{i, first, std::min(steps, left), semitones};
        if (semitones == 0 || fits(pieces[i], excerpt)) excerpts.push_back(excerpt);
      }
      if (left <= steps) break;
    }
  return excerpts;
}

void gather(const std::vector<Piece>& pieces, const std::vector<Excerpt>& excerpts, std::span<const std::size_t> chosen,
            Excerpts& to) {
  to.lengths.clear();
  to.count = 0;
  for (const std::size_t index : chosen) to.lengths.push_back(excerpts[index].steps), to.count += excerpts[index].steps;
  const std::size_t longest = *std::max_element(to.lengths.begin(), to.lengths.end());
  to.inputs = to.targets = unroll::Tensor<float>({longest, chosen.size(), support::keys});
  for (std::size_t n = 0; n < chosen.size(); ++n) {
    const Excerpt& excerpt = excerpts[chosen[n]];
    for (std::size_t step = 0; step < excerpt.steps; ++step) {
      const Chord* const chord = &pieces[excerpt.piece][excerpt.first + step];
      put(chord[0], excerpt.semitones, step, n, to.inputs);
      put(chord[1], excerpt.semitones, step, n, to.targets);
    }
  }
}

std::vector<std::array<double, 2>> habits_of_keys(const std::vector<Piece>& pieces) {
  std::vector<std::array<double, 2>> sounded(support::keys, {1, 1}), steps(support::keys, {2, 2});
  for (const Piece& piece : pieces)
    for (std::size_t step = 1; step < piece.size(); ++step)
      for (std::size_t key = 0; key < support::keys; ++key) {
        const bool before = support::sounds(piece[step - 1], key);
        ++steps[key][before];
        sounded[key][before] += support::sounds(piece[step], key);
      }
  for (std::size_t key = 0; key < support::keys; ++key)
    for (const std::size_t before : {0U, 1U}) sounded[key][before] /= steps[key][before];
  return sounded;
}

std::string digest_of(const std::vector<Piece>& pieces) {
  std::vector<int> all;
  for (const Piece& piece : pieces) {
    all.push_back(-2);  // where a piece begins
    for (const Chord& chord : piece) all.push_back(-1), all.insert(all.end(), chord.begin(), chord.end());
  }
  return unroll::sha256_of(std::as_bytes(std::span(all)));
}

}  // namespace music
