#pragma once

#include <unroll/framework/tape/variable.hpp>
#include <unroll/ops/lengths.hpp>
#include <unroll/ops/reduction.hpp>

namespace unroll::inline v0 {

/// What ctc_loss counts, and how it becomes one number; the defaults are the plain mean over the sequences.
struct CtcOptions {
  /// The class that stands for no symbol.
  int blank = 0;
  /// The mean over the N sequences; their sum; or their sum per step, divided by the number of steps that exist.
  Reduction reduction = Reduction::mean;
  /// Divides the loss of each sequence by the number of its targets, or by 1 where it has none, before it is reduced.
  /// The mean is then what PyTorch's CTCLoss calls one; without it a long sequence counts for more.
  bool per_target = false;
  /// Sequences that no alignment can produce count as 0 and get a gradient of 0, as with PyTorch's zero_infinity; they
  /// stay in what a mean divides by.
  bool zero_impossible = false;
  /// How many steps each sequence of the logits has.
  Lengths lengths = {};
  /// How many targets each sequence has, [N], each in [0, S]; none: all have S.
  Lengths target_lengths = {};
};

/// Connectionist temporal classification (Graves et al. 2006): -log of the probability that the steps of a sequence,
/// each of which emits one class by softmax(logits), spell its targets, whatever their alignment. What is emitted
/// spells what is left when repetitions are merged and then blanks removed: "aa-ab-" spells "aab", with "-" the blank.
/// So a sequence needs as many steps as it has targets, and one more for each target that equals the one before it.
///
/// Logits [T, N, V], not yet normalized, and targets [S, N], each in [0, V) and not the blank, as pad_sequences
/// (padded_sequences.hpp) puts them side by side -> []. Padding of either may hold anything, and gets a gradient of 0.
/// PyTorch's CTCLoss takes log probabilities and targets [N, S], and its mean is per target.
///
/// The sums over alignments are made in the logarithm and in double, in time O(T S): they neither underflow nor lose
/// digits over thousands of steps. A logit of -infinity rules a class out. Where that leaves a sequence no alignment,
/// its loss is infinite and its gradient 0. Where it leaves a step no class, there is no softmax, and the loss is NaN.
///
/// Throws ShapeError when shapes do not fit, and ArgumentError for a blank or a target outside its range, for a length
/// greater than T or S, for a sequence with fewer steps than its targets need, unless zero_impossible, and for a mean
/// over no sequences or no steps.
template <class Scalar>
Variable<Scalar> ctc_loss(Variable<Scalar> logits, TensorView<const int> targets, const CtcOptions& options = {},
                          CallSite site = CallSite::current());

}  // namespace unroll::inline v0
