#pragma once

#include <unroll/framework/errors/sizes.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/models/sequences/sequence.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

namespace unroll::inline v0 {

/// Examples of different lengths side by side in one tensor, with their lengths. Zeros stand beyond the end of each
/// example, and no op that is given the lengths reads them.
template <class Number = float>
struct PaddedSequences {
  Tensor<Number> data;               ///< [T, N, ...], where T is the length of the longest example
  std::vector<std::size_t> lengths;  ///< [N]

  /// The numbers as a constant of the tape, with their lengths. Throws TapeError after backward.
  Sequence<Number> on(Tape<Number>& tape) const requires(!std::same_as<Number, int>) {
    return {tape.constant(data), lengths};
  }
};

namespace detail {

/// The examples themselves, for pad_sequences.
template <class Number>
struct Examples {
  std::vector<TensorView<const Number>> views;

  void add(const Tensor<Number>& example) { views.push_back(example.view()); }
  void add(const std::vector<Number>& example) { views.push_back({example.data(), {example.size()}}); }
  /// Throws ArgumentError when there are none, and ShapeError unless all have steps of one shape.
  PaddedSequences<Number> padded() const;
};

extern template struct Examples<float>;
extern template struct Examples<double>;
extern template struct Examples<int>;

template <class Example>
struct NumberOf;
template <class Number>
struct NumberOf<Tensor<Number>> {
  using Type = Number;
};
template <class Number>
struct NumberOf<std::vector<Number>> {
  using Type = Number;
};

}  // namespace detail

/// Puts examples side by side, [T, N, ...]. Each is a Tensor [length, ...], whose steps have one shape in all examples:
/// numbers [length, D] become [T, N, D], tokens [length] become [T, N]; or it is a std::vector of numbers or tokens.
///
///     const auto batch = pad_sequences(sentences);  // std::vector<std::vector<int>>
///     run(cell, embedding(tape, batch.data, batch.lengths), {.lengths = batch.lengths});
///
/// Throws ArgumentError when there are no examples, and ShapeError for an example without axes or with steps of another
/// shape.
template <class Example>
auto pad_sequences(const std::vector<Example>& examples) {
  detail::Examples<typename detail::NumberOf<Example>::Type> all;
  for (const Example& example : examples) all.add(example);
  return all.padded();
}

/// The same for the examples of these indices, in their order: a batch of an epoch.
///
///     const auto order = random.split(epoch).permutation(sentences.size());
///     const auto batch = pad_sequences(sentences, std::span(order).subspan(first, 32));
///
/// Throws ArgumentError for an index that no example has, too.
template <class Example>
auto pad_sequences(const std::vector<Example>& examples, std::span<const std::size_t> chosen) {
  detail::Examples<typename detail::NumberOf<Example>::Type> of_batch;
  for (const std::size_t index : chosen) {
    detail::expect_index("pad_sequences", "example", index, examples.size());
    of_batch.add(examples[index]);
  }
  return of_batch.padded();
}

}  // namespace unroll::inline v0
