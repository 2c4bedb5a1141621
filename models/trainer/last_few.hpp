#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace unroll::inline v0::detail {

/// The last few values of a series, the oldest first. A new value takes the place, and the memory, of the oldest one.
template <class Value>
class LastFew {
 public:
  /// Keeps at most so many; 0 keeps none.
  explicit LastFew(std::size_t most) : most_(most) {}

  std::size_t most() const { return most_; }
  std::size_t size() const { return values_.size(); }
  Value& operator[](std::size_t index) { return values_[index]; }
  const Value& operator[](std::size_t index) const { return values_[index]; }

  /// The newest value, for the caller to write; it still holds what an old one held. Call it only when most() > 0.
  Value& renew() {
    if (values_.size() < most_) return values_.emplace_back();
    std::rotate(values_.begin(), values_.begin() + 1, values_.end());
    return values_.back();
  }
  void clear() { values_.clear(); }

 private:
  std::size_t most_;
  std::vector<Value> values_;
};

}  // namespace unroll::inline v0::detail
