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

/// The mean loss over a text, read as streams whose state is carried all along; nothing is learnt. At most `batch`
/// streams (see streams_for_measuring), `steps` characters at a time: these change the loss by rounding only.
/// Throws unroll::NumericalError when it is not finite.
template <class Model>
Measurement measure(unroll::Team& team, const Model& model, std::span<const int> tokens, std::size_t batch,
                    std::size_t steps);

}  // namespace character_model
