#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/denormals.hpp>
#include <unroll/models/training/influence.hpp>
#include <unroll/ops/product.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace unroll::inline v0 {

namespace {

/// Makes a list of zeros, or of empty lists, of as many elements as the shape.
template <class List>
void make(List& list, const Shape& shape) {
  detail::make_room("Influence", list, shape.size());
  list.resize(shape.size());
}

std::size_t sum(std::size_t a, std::size_t b) {
  if (__builtin_add_overflow(a, b, &a))
    throw ArgumentError("Influence: more numbers given than can be counted (was a size computed as -1?)");
  return a;
}

}  // namespace

// ---- the pattern ---------------------------------------------------------------------------------------------------

InfluencePattern::InfluencePattern(std::size_t components, std::span<const std::size_t> sizes)
    : components_(components), sizes_(sizes.begin(), sizes.end()) {
  constexpr std::size_t most = std::size_t{1} << 32;  // entries are 32 bits wide
  const std::size_t largest = std::accumulate(sizes.begin(), sizes.end(), components, std::ranges::max);
  if (largest > most)
    throw ArgumentError(
        fmt::format("InfluencePattern: {} components or numbers in a parameter given, expected at most {} (was a size "
                    "computed as -1?)",
                    largest, most));
  make(numbers_, {components, sizes.size()});
}

template <class Scalar>
std::size_t InfluencePattern::add(std::size_t component, std::size_t parameter, const Scalar* gradient) {
  detail::expect_index("InfluencePattern", "component", component, components_);
  const std::size_t count = size(parameter);
  auto& known = numbers_[component * parameters() + parameter];
  const std::size_t before = known.size();
  std::size_t new_ones = 0, at = 0;
  const auto is_known = [&](std::size_t number) { return at < before && known[at] == number; };
  for (std::size_t i = 0; i < count; ++i)
    if (is_known(i))
      ++at;
    else
      new_ones += gradient[i] != Scalar{0};
  if (new_ones == 0) return 0;
  detail::make_room("Influence", known, before + new_ones);  // and no more: the memory limit counts this
  at = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (is_known(i))
      ++at;
    else if (gradient[i] != Scalar{0})
      known.push_back(static_cast<std::uint32_t>(i));
  std::inplace_merge(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(before), known.end());
  entries_ += new_ones;
  return new_ones;
}

/// A counting sort: components come in their order.
auto InfluencePattern::by_number(std::size_t parameter) const -> ByNumber {
  const auto for_each_entry = [&](const auto& visit) {
    for (std::size_t component = 0; component < components_; ++component)
      for (const std::uint32_t number : numbers_[component * parameters() + parameter]) visit(number, component);
  };
  ByNumber result;
  make(result.first, {size(parameter) + 1});
  for_each_entry([&](std::uint32_t number, std::size_t) { ++result.first[number + 1]; });
  std::partial_sum(result.first.begin(), result.first.end(), result.first.begin());
  make(result.components, {result.first.back()});
  auto next = result.first;
  for_each_entry([&](std::uint32_t number, std::size_t component) {
    result.components[next[number]++] = static_cast<std::uint32_t>(component);
  });
  return result;
}

template std::size_t InfluencePattern::add(std::size_t, std::size_t, const float*);
template std::size_t InfluencePattern::add(std::size_t, std::size_t, const double*);

// ---- making it -----------------------------------------------------------------------------------------------------

template <class Scalar>
Influence<Scalar>::Influence(std::size_t components, std::span<const std::size_t> sizes)
    : components_(components), sizes_(sizes.begin(), sizes.end()) {
  Block all;
  make(all.components, {components});
  std::iota(all.components.begin(), all.components.end(), std::size_t{0});
  for (std::size_t parameter = 0; parameter < sizes.size(); ++parameter) {
    all.segments.push_back({parameter, 0, sizes[parameter]});
    all.width = sum(all.width, sizes[parameter]);
  }
  blocks_.push_back(std::move(all));
  lay_out();
  sweep_one_by_one();
  take_rows();
}

template <class Scalar>
Influence<Scalar>::Influence(const InfluencePattern& pattern, Sweeps sweeps) : components_(pattern.components()) {
  std::map<std::vector<std::uint32_t>, std::size_t> known;
  std::vector<std::uint32_t> key;
  for (std::size_t parameter = 0; parameter < pattern.parameters(); ++parameter) {
    const auto by_number = pattern.by_number(parameter);
    sizes_.push_back(pattern.size(parameter));
    for (std::size_t number = 0; number < pattern.size(parameter); ++number) {
      const auto acted_on = by_number.of(number);
      if (acted_on.empty()) continue;
      key.assign(acted_on.begin(), acted_on.end());
      const auto [found, is_new] = known.try_emplace(key, blocks_.size());
      if (is_new) blocks_.emplace_back().components.assign(acted_on.begin(), acted_on.end());
      put_number(blocks_[found->second], parameter, number);
    }
  }
  lay_out();
  sweeps == Sweeps::shared ? share_sweeps() : sweep_one_by_one();
  take_rows();
}

template <class Scalar>
void Influence<Scalar>::put_number(Block& block, std::size_t parameter, std::size_t number) {
  ++block.width;
  if (!block.segments.empty()) {
    Segment& last = block.segments.back();
    if (last.parameter == parameter && last.first + last.count == number) {
      ++last.count;
      return;
    }
  }
  block.segments.push_back({parameter, number, 1});
}

template <class Scalar>
void Influence<Scalar>::sweep_one_by_one() {
  detail::make_room("Influence", sweeps_, components_);
  for (std::size_t component = 0; component < components_; ++component) sweeps_.push_back({{component}, {}});
}

/// Puts each component into the first sweep with whose components it has no number in common.
template <class Scalar>
void Influence<Scalar>::share_sweeps() {
  std::vector<bool> share_number;  // bits, since there are S² of them
  make(share_number, {components_, components_});
  for (const Block& block : blocks_)
    for (const std::size_t one : block.components)
      for (const std::size_t other : block.components) share_number[one * components_ + other] = true;
  for (std::size_t component = 0; component < components_; ++component) {
    const auto fits = [&](const Sweep& sweep) {
      return std::none_of(sweep.components.begin(), sweep.components.end(),
                          [&](std::size_t other) { return share_number[component * components_ + other]; });
    };
    const auto found = std::find_if(sweeps_.begin(), sweeps_.end(), fits);
    (found != sweeps_.end() ? *found : sweeps_.emplace_back()).components.push_back(component);
  }
}

template <class Scalar>
void Influence<Scalar>::lay_out() {
  std::size_t entries = 0, largest = 0, widest = 0;
  for (Block& block : blocks_) {
    block.offset = entries;
    entries = sum(entries, Shape{block.components.size(), block.width}.size());
    largest = std::max(largest, block.components.size());
    widest = std::max(widest, block.width);
  }
  make(now_, {entries});
  make(next_, {entries});
  make(of_block_, {std::max(Shape{largest, largest}.size(), sum(largest, widest))});
}

/// Notes for each sweep which rows of the blocks it fills.
template <class Scalar>
void Influence<Scalar>::take_rows() {
  std::vector<std::size_t> sweep_of;
  make(sweep_of, {components_});
  for (std::size_t i = 0; i < sweeps_.size(); ++i)
    for (const std::size_t component : sweeps_[i].components) sweep_of[component] = i;
  for (std::size_t block = 0; block < blocks_.size(); ++block)
    for (std::size_t row = 0; row < blocks_[block].components.size(); ++row)
      sweeps_[sweep_of[blocks_[block].components[row]]].rows.push_back({block, row});
}

// ---- using it ------------------------------------------------------------------------------------------------------

template <class Scalar>
std::size_t Influence<Scalar>::widest_sweep() const {
  std::size_t widest = 0;
  for (const Sweep& sweep : sweeps_) widest = std::max(widest, sweep.components.size());
  return widest;
}

template <class Scalar>
void Influence<Scalar>::clear() {
  std::fill(now_.begin(), now_.end(), Scalar{0});
}

template <class Scalar>
void Influence<Scalar>::put_immediate(std::size_t sweep, std::span<const Scalar* const> gradients) {
  detail::expect_index("Influence", "sweep", sweep, sweeps_.size());
  for (const auto& [index, row] : sweeps_[sweep].rows) {
    const Block& block = blocks_[index];
    Scalar* to = next_.data() + block.offset + row * block.width;
    for (const auto& [parameter, first, count] : block.segments) {
      const Scalar* const from = gradients[parameter];
      to = from == nullptr ? std::fill_n(to, count, Scalar{0}) : std::copy_n(from + first, count, to);
    }
  }
}

template <class Scalar>
void Influence<Scalar>::advance(const Scalar* jacobian) {
  const FlushDenormals flush;  // an influence fades away as gradients do
  for (const Block& block : blocks_) {
    const std::size_t count = block.components.size();
    Scalar* part = of_block_.data();
    for (const std::size_t to : block.components)
      for (const std::size_t from : block.components) *part++ = jacobian[to * components_ + from];
    product<Scalar>({of_block_.data(), count, count}, {now_.data() + block.offset, count, block.width},
                    next_.data() + block.offset, Write::add);
  }
  std::swap(now_, next_);
}

template <class Scalar>
void Influence<Scalar>::add_gradient(const Scalar* cotangent, std::span<Scalar* const> gradients) {
  const FlushDenormals flush;
  for (const Block& block : blocks_) {
    const std::size_t count = block.components.size();
    for (std::size_t i = 0; i < count; ++i) of_block_[i] = cotangent[block.components[i]];
    Scalar* const sums = of_block_.data() + count;
    product<Scalar>({of_block_.data(), 1, count}, {now_.data() + block.offset, count, block.width}, sums, Write::over);
    const Scalar* from = sums;
    for (const auto& [parameter, first, number] : block.segments)
      for (std::size_t i = 0; i < number; ++i) gradients[parameter][first + i] += *from++;
  }
}

template <class Scalar>
Tensor<Scalar> Influence<Scalar>::of(std::size_t parameter, std::size_t size) const {
  detail::expect_index("Influence", "parameter", parameter, sizes_.size());
  if (size != sizes_[parameter])
    throw ArgumentError(fmt::format("Influence: parameter {} asked for with {}, expected its {} (is it another?)",
                                    parameter, counted(size, "number"), sizes_[parameter]));
  Tensor<Scalar> result({components_, size});
  for (const Block& block : blocks_)
    for (std::size_t row = 0; row < block.components.size(); ++row) {
      const Scalar* from = now_.data() + block.offset + row * block.width;
      for (const Segment& segment : block.segments) {
        if (segment.parameter == parameter)
          std::copy_n(from, segment.count, result.data() + block.components[row] * size + segment.first);
        from += segment.count;
      }
    }
  return result;
}

template class Influence<float>;
template class Influence<double>;

}  // namespace unroll::inline v0
