#pragma once

#include "support/piano_roll.hpp"
#include <unroll/framework/tensor/tensor.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace music {

using support::Piece;

/// Excerpts of pieces side by side: each chord is to be predicted from those before it in the excerpt.
struct Excerpts {
  unroll::Tensor<float> inputs, targets;  // [T, N, 88]: 1 for a key that sounds, else 0; targets a step later
  std::vector<std::size_t> lengths;       // [N]
  std::size_t count = 0;                  // steps that are predicted
};

/// Where an excerpt is in some pieces, and how many semitones it is transposed by.
struct Excerpt {
  std::size_t piece, first, steps;
  int semitones = 0;
};

/// Every piece as a whole.
std::vector<Excerpt> whole_pieces(const std::vector<Piece>& pieces);
/// Excerpts of at most `steps` predicted steps that overlap by half, each in all transpositions by up to `transpose`
/// semitones in which no key leaves the piano.
std::vector<Excerpt> excerpts_of(const std::vector<Piece>& pieces, std::size_t steps, int transpose);

/// Puts some of the excerpts side by side.
void gather(const std::vector<Piece>& pieces, const std::vector<Excerpt>& excerpts, std::span<const std::size_t> chosen,
            Excerpts& to);

/// How likely each key is to sound when it sounded in the step before, or did not, as often as it was so in the pieces
/// (and once more each way): each key by itself.
std::vector<std::array<double, 2>> habits_of_keys(const std::vector<Piece>& pieces);

/// A sum over all keys of all pieces (SHA-256), by which a checkpoint knows what it has learned from.
std::string digest_of(const std::vector<Piece>& pieces);

}  // namespace music
