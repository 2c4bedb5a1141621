#include "speech/batches.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/metadata.hpp>

#include <fmt/format.h>

#include <utility>

namespace speech {

namespace {

using unroll::FileError, unroll::quoted;

/// The symbols of a recording, which its steps can spell: one each, and one more between two that are the same.
std::vector<int> symbols_of(const Utterance& recording, const Alphabet& alphabet, std::size_t steps) {
  auto symbols = alphabet.symbols_of(recording.text);
  if (!symbols)
    throw FileError(fmt::format("{}: {} has a letter that the alphabet, {}, lacks", quoted(recording.name),
                                quoted(recording.text), quoted(alphabet.letters())));
  std::size_t needed = symbols->size();
  for (std::size_t i = 1; i < symbols->size(); ++i) needed += (*symbols)[i] == (*symbols)[i - 1] ? 1U : 0U;
  if (steps < needed)
    throw FileError(
        fmt::format("{}: {} steps of 20 ms cannot spell {}, expected at least {}: the recording was cut "
                    "off, or the text is not what it says",
                    quoted(recording.name), steps, quoted(recording.text), needed));
  return *std::move(symbols);
}

}  // namespace

void SpeechGather::operator()(std::span<const std::size_t> indices, SpeechBatch& to,
                              const unroll::Random& random) const {
  std::vector<unroll::Tensor<float>> heard;
  for (const std::size_t index : indices)
    heard.push_back((*hearing)(augmented(recordings->all[part[index]].samples, augmentation, random.split(index))));
  to = {.heard = unroll::pad_sequences(heard), .said = unroll::pad_sequences(said, indices), .count = indices.size()};
}

SpeechBatches speech_batches(const Recordings& recordings, const std::vector<std::size_t>& part,
                             const Alphabet& alphabet, const Hearing& hearing, std::size_t batch,
                             const audio::Augmentation& augmentation) {
  std::vector<std::size_t> lengths;
  std::vector<std::vector<int>> said;
  for (const std::size_t index : part) {
    const Utterance& recording = recordings.all[index];
    lengths.push_back(hearing.steps(recording.samples.size()));
    said.push_back(symbols_of(recording, alphabet, lengths.back()));
  }
  return {{.lengths = std::move(lengths), .batch = batch},
          {&recordings, &hearing, part, std::move(said), augmentation}};
}

std::map<std::string, std::string> settings_of(const Recordings& recordings, const audio::Augmentation& augmentation) {
  return {{"data", recordings.digest()},
          {"speed", unroll::number_text(augmentation.speed)},
          {"level", unroll::number_text(augmentation.level)},
          {"noise", unroll::number_text(augmentation.noise)}};
}

}  // namespace speech
