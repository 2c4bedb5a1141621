#include "character_model/memory.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/memory/available_memory.hpp>
#include <unroll/ops/product.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace character_model {

namespace {

constexpr double number_bytes = sizeof(float);

/// How many numbers one step of one stream takes: rows of the table, layers, logits; of an mLSTM `of_memory` times its
/// matrices too, of which training keeps those of each step, and running those of a few for all.
double numbers_of_step(const Settings& settings, std::size_t vocabulary, double of_layer, double of_memory = 0) {
  const auto H = static_cast<double>(settings.hidden), D = static_cast<double>(settings.embedding);
  if (settings.cell == CellKind::mlstm) of_layer += of_memory * H / static_cast<double>(heads_of(settings.hidden));
  return 2 * D + static_cast<double>(settings.layers) * of_layer * H + 2.5 * static_cast<double>(vocabulary);
}

/// How many tapes a thread keeps on streams of this length, and the weights of how many updates.
struct Ring {
  double tapes, updates;
};
Ring ring_of(const unroll::Truncation& truncation, std::uint64_t stream) {
  const std::uint64_t chunk = truncation.chunk();
  const std::uint64_t tapes = std::clamp<std::uint64_t>(stream / chunk + 1, 1, truncation.k2 / chunk);
  const std::uint64_t updates = tapes > 1 ? (tapes - 2) * chunk / truncation.k1 + 1 : 0;
  return {static_cast<double>(tapes), static_cast<double>(updates)};
}

}  // namespace

MemoryNeeds training_memory(const Settings& settings, std::size_t vocabulary, std::uint64_t batch,
                            const unroll::Truncation& truncation, std::uint64_t stream, std::uint64_t threads) {
  const auto [tapes, updates] = ring_of(truncation, stream);
  const double steps = std::min(tapes * static_cast<double>(truncation.chunk()), static_cast<double>(truncation.k2));
  const double weights = number_bytes * parameter_count(settings, vocabulary);
  const double numbers = numbers_of_step(settings, vocabulary, traits_of(settings.cell).training, 2);
  // The weights, the best so far, the gradient and Adam's two moments; and each tape's own gradient and packed weights.
  // A window of several tapes takes these several times, and a copy of the weights for each update that it reaches
  // over.
  const double copies = 5 + 2 * static_cast<double>(threads);
  const double more_copies = (2 * (tapes - 1) + updates) * static_cast<double>(threads);
  return {.parameters = copies * weights,
          .activations = more_copies * weights + number_bytes * static_cast<double>(batch) * steps * numbers};
}

MemoryNeeds running_memory(const Settings& settings, std::size_t vocabulary, std::uint64_t batch, std::uint64_t steps,
                           std::uint64_t threads) {
  // Each tape packs the weights, and keeps the first layer's products with all characters.
  const CellTraits& cell = traits_of(settings.cell);
  const double weights = parameter_count(settings, vocabulary);
  const double products = cell.of_inputs * static_cast<double>(settings.hidden) * static_cast<double>(vocabulary);
  const double kept = weights + 2 * std::min(products, static_cast<double>(unroll::largest_kept_product));
  return {.parameters = number_bytes * (weights + static_cast<double>(threads) * kept),
          .activations = number_bytes * static_cast<double>(batch) * static_cast<double>(steps)
                         * numbers_of_step(settings, vocabulary, cell.running, 6 / static_cast<double>(steps))};
}

void expect_memory(const MemoryNeeds& needs, double available, const std::string& steps_flag) {
  if (needs.total() <= available) return;
  throw unroll::ArgumentError(fmt::format(
      "this needs about {} of memory ({} for the weights, {} for a window), and {} are available; lower {}",
      unroll::format_bytes(needs.total()), unroll::format_bytes(needs.parameters),
      unroll::format_bytes(needs.activations), unroll::format_bytes(available),
      needs.parameters > needs.activations ? "--hidden, --embedding or --layers" : "--batch or " + steps_flag));
}

}  // namespace character_model
