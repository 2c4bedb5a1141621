#include "character_model/generate.hpp"

#include "character_model/commands.hpp"
#include "console/output.hpp"
#include <unroll/framework/tensor/denormals.hpp>
#include <unroll/models/sequences/carried_state.hpp>

#include <fmt/format.h>
#include <unistd.h>

namespace character_model {

using console::write_message;
using console::write_output;

namespace {

/// A model that reads one stream of characters and predicts the next one.
template <class Model>
class Reader {
 public:
  explicit Reader(const Model& model) : model_(model) {}

  /// Reads at least one token and returns the logits of the next one, which are valid until the next call.
  std::span<const float> read(std::span<const int> tokens) {
    constexpr std::size_t at_once = 256;  // bounds the memory that a long prompt takes
    for (; tokens.size() > at_once; tokens = tokens.subspan(at_once)) step(tokens.first(at_once));
    return step(tokens);
  }

 private:
  std::span<const float> step(std::span<const int> tokens) {
    tape_.clear();
    tokens_.assign({tokens.data(), {tokens.size(), 1}});
    const auto [logits, after] = model_(tape_, tokens_, state_.resume(model_.recurrent, tape_, 1));
    state_.keep(after);
    const auto values = logits.value().values();
    return values.last(values.size() / tokens.size());
  }

  const Model& model_;
  unroll::Tape<float> tape_{unroll::Recording::values};
  unroll::CarriedState<float> state_;
  unroll::Tensor<int> tokens_;
};

}  // namespace

void write_text(const LoadedModel& loaded, std::span<const int> prompt, std::uint64_t length, const Sampling& sampling,
                std::uint64_t seed, const std::function<void(std::string_view)>& write) {
  const unroll::FlushDenormals flush;
  std::visit(
      [&](const auto& model) {
        Reader reader(model);
        unroll::CategoricalSampler sampler(sampling, unroll::Random(seed));
        Decoder decoder(loaded.description.vocabulary);
        int token = loaded.description.start;
        std::span<const int> unread = prompt.empty() ? std::span<const int>(&token, 1) : prompt;
        for (std::uint64_t position = 0; position < length; ++position) {
          token = sampler.draw(reader.read(unread), position);
          unread = {&token, 1};
          write(decoder.push(token));
        }
        write(decoder.finish());
      },
      loaded.model);
}

void run_generate(const GenerateOptions& options) {
  const LoadedModel loaded = load_model(options.model);
  const Vocabulary& vocabulary = loaded.description.vocabulary;
  TextFile text = text_of("--prompt", options.prompt, vocabulary.unit());
  const unroll::Tokens known = encode(vocabulary, text, options.unknown, "--prompt");
  std::vector<int> prompt(known.size());
  known.read(0, prompt);
  if (options.sampling.top_k > vocabulary.size())
    write_message(fmt::format("--top-k {} is more than the {} characters of the model: all can be drawn",
                              options.sampling.top_k, vocabulary.size()));
  if (options.echo) write_output(decode(vocabulary, prompt));
  write_text(loaded, prompt, options.length, options.sampling, options.seed, write_output);
  if (options.length > 0 && ::isatty(STDOUT_FILENO) == 1) write_output("\n");
}

}  // namespace character_model
