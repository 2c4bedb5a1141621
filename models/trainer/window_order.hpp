#pragma once

#include <unroll/framework/tensor/random.hpp>

#include <cstddef>
#include <numeric>
#include <vector>

namespace unroll::inline v0 {

/// The order in which a source gives the windows of a text or of a series.
enum class WindowOrder {
  shuffled,  ///< A new order in each epoch, for training.
  in_order,  ///< From the first to the last, for judging and for reading forecasts.
};

namespace detail {
/// "shuffled" or "in_order", for the settings of a checkpoint.
constexpr const char* name_of(WindowOrder order) { return order == WindowOrder::shuffled ? "shuffled" : "in_order"; }

/// The numbers of an epoch's windows, in this order.
inline std::vector<std::size_t> windows_in(WindowOrder order, std::size_t count, const Random& random) {
  if (order == WindowOrder::shuffled) return random.permutation(count);
  std::vector<std::size_t> windows(count);
  std::iota(windows.begin(), windows.end(), std::size_t(0));
  return windows;
}
}  // namespace detail

}  // namespace unroll::inline v0
