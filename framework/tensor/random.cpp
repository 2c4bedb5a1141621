#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/random.hpp>

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <exception>
#include <numbers>
#include <numeric>
#include <utility>

namespace unroll::inline v0 {

namespace {

using Counter = std::array<std::uint32_t, 4>;

/// The words of `width` neighboring blocks, one block after another, by Philox4x32 with 10 rounds as in Salmon et al.
/// 2011, section 3.3; the constants are theirs. The compiler turns rounds of neighboring blocks into vector
/// instructions.
template <std::size_t width>
void write_words(std::uint64_t key, std::uint64_t block, std::uint32_t domain, std::uint32_t* words) {
  constexpr std::uint64_t multiplier_0 = 0xD2511F53, multiplier_1 = 0xCD9E8D57;
  constexpr std::uint32_t weyl_0 = 0x9E3779B9, weyl_1 = 0xBB67AE85;
  std::array<std::uint32_t, width> word_0, word_1, word_2, word_3;
  for (std::size_t i = 0; i < width; ++i) {
    word_0[i] = static_cast<std::uint32_t>(block + i);
    word_1[i] = static_cast<std::uint32_t>((block + i) >> 32);
    word_2[i] = domain;
    word_3[i] = 0;
  }
  auto key_0 = static_cast<std::uint32_t>(key), key_1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < width; ++i) {
      const std::uint64_t product_0 = multiplier_0 * word_0[i], product_1 = multiplier_1 * word_2[i];
      word_0[i] = static_cast<std::uint32_t>(product_1 >> 32) ^ word_1[i] ^ key_0;
      word_1[i] = static_cast<std::uint32_t>(product_1);
      word_2[i] = static_cast<std::uint32_t>(product_0 >> 32) ^ word_3[i] ^ key_1;
      word_3[i] = static_cast<std::uint32_t>(product_0);
    }
    key_0 += weyl_0;
    key_1 += weyl_1;
  }
  for (std::size_t i = 0; i < width; ++i) {
    words[4 * i] = word_0[i];
    words[4 * i + 1] = word_1[i];
    words[4 * i + 2] = word_2[i];
    words[4 * i + 3] = word_3[i];
  }
}

Counter words(std::uint64_t key, std::uint64_t block, std::uint32_t domain) {
  Counter words;
  write_words<1>(key, block, domain, words.data());
  return words;
}

// Numbers and the keys of streams come from different counters.
constexpr std::uint32_t numbers_domain = 0, normals_domain = 1, streams_domain = 2;

/// 53 random bits as a number in [0, 1).
double unit(std::uint32_t high, std::uint32_t low) {
  return static_cast<double>((std::uint64_t{high} << 32 | low) >> 11) * 0x1p-53;
}

}  // namespace

Random Random::split(std::uint64_t stream) const {
  const Counter word = words(key_, stream, streams_domain);
  return Random(std::uint64_t{word[0]} << 32 | word[1]);
}

std::uint32_t Random::bits(std::uint64_t position) const {
  return words(key_, position / 4, numbers_domain)[position % 4];
}

void Random::fill_bits(std::uint64_t first, std::span<std::uint32_t> words) const {
  constexpr std::size_t width = 64, chunk = 4 * width;
  std::size_t done = 0;
  // One word at a time up to the beginning of a block, and again after the last whole block.
  for (; done < words.size() && (first + done) % 4 != 0; ++done) words[done] = bits(first + done);
  // Positions wrap around after the last one; blocks on the two sides of it are not neighbors.
  for (; done + chunk <= words.size() && first + done <= ~std::uint64_t{0} - chunk; done += chunk)
    write_words<width>(key_, (first + done) / 4, numbers_domain, words.data() + done);
  for (; done < words.size(); ++done) words[done] = bits(first + done);
}

double Random::uniform(std::uint64_t position) const {
  const Counter word = words(key_, position / 2, normals_domain);
  return position % 2 == 0 ? unit(word[0], word[1]) : unit(word[2], word[3]);
}

double Random::normal(std::uint64_t position) const {
  const std::uint64_t pair = position / 2 * 2;
  const double radius = std::sqrt(-2 * std::log1p(-uniform(pair)));
  const double angle = 2 * std::numbers::pi * uniform(pair + 1);
  return radius * (position % 2 == 0 ? std::cos(angle) : std::sin(angle));
}

std::vector<std::size_t> Random::permutation(std::size_t count) const {
  std::vector<std::size_t> order;
  try {
    order.resize(count);
  } catch (const std::exception&) {
    throw Error(
        fmt::format("permutation: {} indices of {} bytes were asked for, more than memory holds (was the number "
                    "of examples computed as -1?)",
                    count, sizeof(std::size_t)));
  }
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t left = count; left > 1; --left) {  // uniform() < 1, so the index drawn is below `left`
    const auto drawn = static_cast<std::size_t>(uniform(left) * static_cast<double>(left));
    std::swap(order[left - 1], order[drawn]);
  }
  return order;
}

template <class Scalar>
Tensor<Scalar> uniform(const Random& random, const Shape& shape, double low, double high) {
  Tensor<Scalar> result(shape);
  if (result.size() == 0) return result;  // bounds computed from extents of 0 may be infinite
  expect_in("uniform", "low", low, finite_numbers<Scalar>());
  expect_in("uniform", "high", high, {.low = low, .high = finite_numbers<Scalar>().high});
  const bool is_wide = std::isinf(high - low);  // as for the largest doubles of both signs
  for (std::size_t i = 0; i < result.size(); ++i) {
    const double fraction = random.uniform(i);
    result[i] = static_cast<Scalar>(is_wide ? low * (1 - fraction) + high * fraction : low + (high - low) * fraction);
  }
  return result;
}

template <class Scalar>
Tensor<Scalar> normal(const Random& random, const Shape& shape, double mean, double deviation) {
  Tensor<Scalar> result(shape);
  if (result.size() == 0) return result;
  expect_in("normal", "mean", mean, finite_numbers<Scalar>());
  expect_in("normal", "deviation", deviation, {.high = finite_numbers<Scalar>().high});
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<Scalar>(mean + deviation * random.normal(i));
  return result;
}

template Tensor<float> uniform(const Random&, const Shape&, double, double);
template Tensor<double> uniform(const Random&, const Shape&, double, double);
template Tensor<DualNumber> uniform(const Random&, const Shape&, double, double);
template Tensor<float> normal(const Random&, const Shape&, double, double);
template Tensor<double> normal(const Random&, const Shape&, double, double);
template Tensor<DualNumber> normal(const Random&, const Shape&, double, double);

}  // namespace unroll::inline v0
