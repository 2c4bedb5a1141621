#pragma once

namespace unroll::inline v0 {

/// The order in which a source gives the windows of a text or of a series.
enum class WindowOrder {
  shuffled,  ///< A new order in each epoch, for training.
  in_order,  ///< From the first to the last, for judging and for reading forecasts.
};

namespace detail {
/// "shuffled" or "in_order", for the settings of a checkpoint.
constexpr const char* name_of(WindowOrder order) { return order == WindowOrder::shuffled ? "shuffled" : "in_order"; }
}  // namespace detail

}  // namespace unroll::inline v0
