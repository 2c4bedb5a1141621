#include "online_learning/stream.hpp"

#include <algorithm>

namespace online_learning {

const unroll::Tensor<>& CueStream::next() {
  std::fill(input_.begin(), input_.end(), 0.0f);
  answer_.reset();
  const unroll::Random random = random_.split(time_++);
  input_[3] = static_cast<float>(random.normal(0));
  input_[4] = static_cast<float>(random.normal(1));
  if (wait_ == 0) {
    cue_ = static_cast<int>(random.bits(2) % 2);
    input_[static_cast<std::size_t>(cue_)] = 1;
    wait_ = gap_ + random.bits(3) % (gap_ + 1);
  } else if (--wait_ == 0) {
    input_[2] = 1;
    answer_ = time_ > change_ ? 1 - cue_ : cue_;
  }
  return input_;
}

}  // namespace online_learning
