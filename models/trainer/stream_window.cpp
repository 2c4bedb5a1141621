#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/metadata.hpp>
#include <unroll/framework/files/sha256.hpp>
#include <unroll/models/trainer/stream_window.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace unroll::inline v0 {

std::vector<std::size_t> document_starts(std::span<const int> tokens, int first_token) {
  std::vector<std::size_t> starts;
  for (std::size_t position = 0; position < tokens.size(); ++position)
    if (tokens[position] == first_token) starts.push_back(position);
  return starts;
}

namespace detail {

namespace {

void expect_ascending(std::string_view operation, std::span<const std::size_t> starts, std::size_t tokens) {
  for (std::size_t i = 0; i < starts.size(); ++i) {
    if (starts[i] >= tokens)
      throw ArgumentError(
          fmt::format("{}: document {} begins at token {} of {} given, expected a position in the text "
                      "(they are counted from 0)",
                      operation, i, starts[i], tokens));
    if (i > 0 && starts[i] <= starts[i - 1])
      throw ArgumentError(
          fmt::format("{}: document {} begins at token {} and document {} at token {} given, expected "
                      "ascending positions (are they lengths?)",
                      operation, i - 1, starts[i - 1], i, starts[i]));
  }
}

}  // namespace

DocumentText::DocumentText(std::string_view operation, Tokens tokens, std::vector<std::size_t> starts)
    : tokens_(std::move(tokens)), starts_(std::move(starts)) {
  expect_ascending(operation, starts_, tokens_.size());
}

void DocumentText::add_settings(std::map<std::string, std::string>& settings) const {
  settings["sha256"] = tokens_.sha256();
  settings["first token"] = number_text(tokens_.first_in_whole());
  settings["tokens"] = number_text(tokens_.size());
  if (!starts_.empty()) settings["starts"] = sha256_of(std::as_bytes(std::span(starts_)));
}

void DocumentText::make_window(std::size_t steps, std::size_t rows, StreamWindow& window) const {
  const auto make = [shape = Shape{steps, rows}](Tensor<int>& tensor) {
    if (tensor.shape() != shape) tensor = Tensor<int>(shape);
  };
  make(window.tokens), make(window.targets);
  if (starts_.empty()) return window.starts.reset();
  if (!window.starts) window.starts.emplace();
  make(*window.starts);
  std::fill(window.starts->begin(), window.starts->end(), 0);
}

void DocumentText::read_row(std::size_t position, std::size_t row, std::size_t most, TokensAhead& ahead,
                            StreamWindow& to) const {
  const std::size_t steps = to.steps(), rows = to.sequences();
  const auto text = ahead.read(tokens_, position, steps + 1, most);
  for (std::size_t t = 0; t < steps; ++t) {
    to.tokens[t * rows + row] = text[t];
    to.targets[t * rows + row] = text[t + 1];
  }
  const auto first = std::lower_bound(starts_.begin(), starts_.end(), position);
  for (auto start = first; start != starts_.end() && *start - position < steps; ++start)
    (*to.starts)[(*start - position) * rows + row] = 1;
}

}  // namespace detail

}  // namespace unroll::inline v0
