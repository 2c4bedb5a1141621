#include "reber/batches.hpp"

#include <map>
#include <utility>

namespace reber {

namespace {

int token_of(char symbol) { return static_cast<int>(symbols.find(symbol)); }

Batch make_batch(std::vector<const String*> strings) {
  const std::size_t steps = strings.front()->text.size() - 1, count = strings.size();
  Batch batch{std::move(strings), unroll::Tensor<int>({steps, count}), unroll::Tensor<int>({steps, count})};
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t n = 0; n < count; ++n) {
      batch.symbols[t * count + n] = token_of(batch.strings[n]->text[t]);
      batch.targets[t * count + n] = token_of(batch.strings[n]->text[t + 1]);
    }
  return batch;
}

}  // namespace

std::vector<Batch> batches_by_length(std::span<const String* const> strings) {
  std::map<std::size_t, std::vector<const String*>> of_length;
  for (const String* string : strings) of_length[string->text.size()].push_back(string);
  std::vector<Batch> batches;
  for (auto& [length, equally_long] : of_length) batches.push_back(make_batch(std::move(equally_long)));
  return batches;
}

}  // namespace reber
