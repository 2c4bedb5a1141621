#pragma once

#include <unroll/framework/threads/team.hpp>
#include <unroll/models/trainer/tokens.hpp>

#include <cstddef>

namespace character_model {

/// How well a model predicts a text.
struct Measurement {
  double loss;             // nats per character
  std::size_t characters;  // predicted
};

/// The mean loss over every character of a text but the first, read as streams whose state goes on all along (see
/// streams_for_measuring). It changes no weight. At most `batch` streams run side by side, `steps` characters at a
/// time: these change the loss by rounding only, and the number of threads not at all. The text must have at least two
/// characters. Throws unroll::NumericalError when the loss is not finite.
template <class Model>
Measurement measure(unroll::Team& team, const Model& model, const unroll::Tokens& tokens, std::size_t batch,
                    std::size_t steps);

}  // namespace character_model
