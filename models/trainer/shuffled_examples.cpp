#include <unroll/models/trainer/shuffled_examples.hpp>

#include <algorithm>

namespace unroll::inline v0::detail {

std::span<const std::size_t> examples_of(std::span<const std::size_t> order, std::size_t batch_size, std::size_t batch,
                                         BatchPart part) {
  const std::size_t first = batch * batch_size;
  const auto examples = order.subspan(first, std::min(batch_size, order.size() - first));
  const auto [begin, count] = part.range_of(examples.size());
  return examples.subspan(begin, count);
}

}  // namespace unroll::inline v0::detail
