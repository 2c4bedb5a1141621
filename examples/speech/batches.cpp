#include "speech/batches.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/metadata.hpp>

#include <fmt/format.h>

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

std::vector<std::size_t> lengths_of(const Recordings& recordings, std::span<const std::size_t> part,
                                    const Hearing& hearing) {
  std::vector<std::size_t> lengths;
  for (const std::size_t index : part) lengths.push_back(hearing.steps(recordings.all[index].samples.size()));
  return lengths;
}

}  // namespace

SpeechBatches::SpeechBatches(const Recordings& recordings, std::vector<std::size_t> part, const Alphabet& alphabet,
                             const Hearing& hearing, std::size_t batch, const audio::Augmentation& augmentation)
    : recordings_(&recordings),
      hearing_(&hearing),
      part_(std::move(part)),
      augmentation_(augmentation),
      indices_({.lengths = lengths_of(recordings, part_, hearing), .batch = batch},
               [](std::span<const std::size_t> of, Indices& to) {
                 to = {{of.begin(), of.end()}, of.size()};
               }) {
  for (const std::size_t index : part_) {
    const Utterance& recording = recordings.all[index];
    said_.push_back(symbols_of(recording, alphabet, hearing.steps(recording.samples.size())));
  }
}

std::map<std::string, std::string> SpeechBatches::settings() const {
  auto settings = indices_.settings();
  settings["speed"] = unroll::number_text(augmentation_.speed);
  settings["level"] = unroll::number_text(augmentation_.level);
  settings["noise"] = unroll::number_text(augmentation_.noise);
  return settings;
}

void SpeechBatches::begin_epoch(const unroll::Random& random) {
  indices_.begin_epoch(random.split(0));
  epoch_ = random.split(1);
}

void SpeechBatches::read(std::size_t batch, unroll::BatchPart part, Batch& to) const {
  Indices indices;
  indices_.read(batch, part, indices);
  to.count = indices.count;
  if (indices.count == 0) return;
  std::vector<unroll::Tensor<float>> heard;
  for (const std::size_t i : indices.of)
    heard.push_back((*hearing_)(augmented(recordings_->all[part_[i]].samples, augmentation_, epoch_.split(part_[i]))));
  to.heard = unroll::pad_sequences(heard);
  to.said = unroll::pad_sequences(said_, indices.of);
}

}  // namespace speech
