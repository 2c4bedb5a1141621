#include "speech/transcripts.hpp"

#include <unroll/framework/charts/page.hpp>
#include <unroll/framework/charts/svg_canvas.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/metrics/error_rate.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>

namespace speech {

namespace {

namespace charts = unroll::charts;

// Of a picture, in pixels.
constexpr double left = 60, top = 40, width = 840, spectrum = 160, bars = 60, letters = 24;

/// From quiet to loud (the map viridis of van der Walt and Smith 2015), which the color-blind can read too.
constexpr std::array<std::string_view, 12> colors{"#440154", "#482173", "#433e85", "#38588c", "#2d708e", "#25858e",
                                                  "#1e9b8a", "#2ab07f", "#52c569", "#86d549", "#c2df23", "#fde725"};

/// Draws the spectrum, with one rectangle for neighbors of the same color.
void draw_spectrum(charts::SvgCanvas& canvas, const unroll::Tensor<float>& log_mel) {
  const std::size_t frames = log_mel.shape()[0], filters = log_mel.shape()[1];
  const auto [low, high] = std::minmax_element(log_mel.begin(), log_mel.end());
  const double quietest = *low, range = std::max<double>(*high - *low, 1e-6);
  const auto color_at = [&](std::size_t t, std::size_t m) {
    const double loudness = (log_mel[t * filters + m] - quietest) / range;
    return std::min(colors.size() - 1, static_cast<std::size_t>(loudness * static_cast<double>(colors.size())));
  };
  const double wide = width / static_cast<double>(frames), high_each = spectrum / static_cast<double>(filters);
  for (std::size_t m = 0; m < filters; ++m)
    for (std::size_t t = 0, end = 0; t < frames; t = end) {
      for (end = t + 1; end < frames && color_at(end, m) == color_at(t, m); ++end) {
      }
      canvas.rectangle({left + static_cast<double>(t) * wide, top + spectrum - static_cast<double>(m + 1) * high_each},
                       static_cast<double>(end - t) * wide + 0.3, high_each + 0.3, colors.at(color_at(t, m)));
    }
}

/// The symbol of a step that is likeliest: of all, or of the letters alone.
std::size_t likeliest(std::span<const float> step, bool letters_alone) {
  const auto first = step.begin() + (letters_alone ? 1 : 0);
  return static_cast<std::size_t>(std::max_element(first, step.end()) - step.begin());
}

void draw_letters(charts::SvgCanvas& canvas, const Picture& picture, const Alphabet& alphabet) {
  const std::size_t symbols = alphabet.symbols(), steps = picture.probabilities.shape()[0];
  const double wide = 2 * width / static_cast<double>(std::max<std::size_t>(picture.log_mel.shape()[0], 1));
  const double bottom = top + spectrum + letters + bars;
  canvas.axis_line({left, bottom}, {left + width, bottom});
  canvas.text({left - 6, bottom - bars + 10}, "sure", "end", 11);
  std::size_t before = 0;
  for (std::size_t t = 0; t < steps; ++t) {
    const auto step = picture.probabilities.values().subspan(t * symbols, symbols);
    const std::size_t letter = likeliest(step, true), written = likeliest(step, false);
    const double x = left + static_cast<double>(t) * wide, high = bars * step[letter];
    const int symbol = static_cast<int>(letter);
    const std::string text = alphabet.text_of(std::span(&symbol, 1));
    canvas.rectangle({x, bottom - high}, wide * 0.8, high, charts::color(0),
                     fmt::format("{:.2f} s: \"{}\" {:.0f} %", 0.02 * static_cast<double>(t), text, 100 * step[letter]));
    if (written != 0 && written != before)
      canvas.text({x + wide / 2, top + spectrum + 16}, text == " " ? "\u2423" : text, "middle", 14);
    before = written;
  }
}

std::string draw(const Picture& picture, const Alphabet& alphabet) {
  if (picture.log_mel.size() == 0)
    return fmt::format("<p>{}: too short to hear</p>\n", charts::escape(picture.transcript.name));
  charts::SvgCanvas canvas(left + width + 20, top + spectrum + letters + bars + 40,
                           fmt::format("{}: {}", picture.transcript.name, picture.transcript.said));
  draw_spectrum(canvas, picture.log_mel);
  draw_letters(canvas, picture, alphabet);
  const double seconds = 0.01 * static_cast<double>(picture.log_mel.shape()[0]);
  for (const double time : charts::ticks(0, seconds, 8))
    canvas.text({left + time / seconds * width, top + spectrum + letters + bars + 16}, fmt::format("{:g} s", time),
                "middle", 11);
  canvas.text({left - 6, top + 10}, "high", "end", 11);
  canvas.text({left - 6, top + spectrum}, "low", "end", 11);
  const std::string verdict =
      picture.transcript.written == picture.transcript.said ? "written: " : "written, wrongly: ";
  return fmt::format("{}<p>{}<b>{}</b></p>\n", canvas.finish(), verdict, charts::escape(picture.transcript.written));
}

}  // namespace

task::Scores scores_of(const std::vector<Transcript>& transcripts, const std::string& most_frequent) {
  unroll::ErrorRate words, letters, base_words, base_letters;
  for (const Transcript& transcript : transcripts) {
    words += unroll::word_errors(transcript.written, transcript.said);
    letters += unroll::letter_errors(transcript.written, transcript.said);
    base_words += unroll::word_errors(most_frequent, transcript.said);
    base_letters += unroll::letter_errors(most_frequent, transcript.said);
  }
  const auto score = [](std::string name, const unroll::ErrorRate& model, const unroll::ErrorRate& baseline) {
    return task::Score{.name = std::move(name),
                       .model = 100 * model.rate(),
                       .baseline = 100 * baseline.rate(),
                       .unit = "%",
                       .digits = 2};
  };
  return {.baseline = "most frequent text",
          .scores = {score("word error rate", words, base_words), score("letter error rate", letters, base_letters)}};
}

std::string most_frequent(const std::vector<std::string>& texts) {
  if (texts.empty()) throw unroll::ArgumentError("most_frequent: no texts given, expected at least one");
  std::map<std::string, std::size_t> counts;
  for (const std::string& text : texts) ++counts[text];
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

std::string page_of(const std::vector<Picture>& pictures, const Alphabet& alphabet, const task::Scores& scores) {
  std::string body = fmt::format("<pre>{}</pre>\n", charts::escape(to_text(scores)));
  for (const Picture& picture : pictures) body += draw(picture, alphabet);
  return charts::to_html({.title = "What was said, and what was written", .head = "", .body = body});
}

}  // namespace speech
