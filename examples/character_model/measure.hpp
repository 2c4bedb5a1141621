#pragma once

#include <unroll/framework/team.hpp>

#include <cstddef>
#include <span>

namespace character_model {

/// How well a model predicts a text.
struct Measurement {
  double loss;             // nats per character
  std::size_t characters;  // predicted
};

/// The mean loss over every character of a text but the first, read as streams whose state is carried all along (see
/// streams_for_measuring); nothing is learnt. At most `batch` streams side by side, `steps` characters at a time: these
/// and the threads change the loss by rounding only. The text has at least two characters. Throws
/// unroll::NumericalError when it is not finite.
template <class Model>
Measurement measure(unroll::Team& team, const Model& model, std::span<const int> tokens, std::size_t batch,
                    std::size_t steps);

}  // namespace character_model
