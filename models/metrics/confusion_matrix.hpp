#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// How well a classifier does: which classes it takes for which, and what follows from that.
///
///     const ConfusionMatrix confusion(labels, argmax(probabilities).values(), 10);
///     std::printf("accuracy %.3f, macro F1 %.3f\n", confusion.accuracy(), confusion.macro_f1());
namespace unroll::inline v0 {

/// Counts of examples by their class, the row, and by the class that they were taken for, the column.
class ConfusionMatrix {
 public:
  /// Of no examples. Throws ArgumentError for no classes.
  explicit ConfusionMatrix(std::size_t classes);
  /// Of examples with their classes and those that were found, both from 0 to classes - 1. Throws ShapeError unless
  /// there are as many of both, and as add does.
  ConfusionMatrix(std::span<const int> truth, std::span<const int> found, std::size_t classes);

  /// Counts an example. Throws ArgumentError for a class that there is not.
  void add(int truth, int found);

  std::size_t classes() const { return classes_; }  ///< How many there are.
  /// How many examples of a class were taken for one. Throws ArgumentError for a class that there is not.
  std::uint64_t count(std::size_t truth, std::size_t found) const;
  std::uint64_t examples(std::size_t truth) const;   ///< Those of a class.
  std::uint64_t taken_for(std::size_t found) const;  ///< Those that were taken for a class.
  std::uint64_t examples() const;                    ///< All of them.

  /// The fraction of examples that were found. Throws ArgumentError when there are none.
  double accuracy() const;
  /// Of those that were taken for a class, the fraction that are of it; 0 when none was.
  double precision(std::size_t of_class) const;
  /// Of those of a class, the fraction that were found; 0 when there are none.
  double recall(std::size_t of_class) const;
  /// The harmonic mean of precision and recall; 0 when none of the class was found.
  double f1(std::size_t of_class) const;
  /// The mean F1 of the classes of which there is an example, or for which one was taken: a class that nothing has to
  /// do with says nothing of the classifier (as scikit-learn has it). Throws ArgumentError when there are no examples.
  double macro_f1() const;

 private:
  std::size_t classes_;
  std::vector<std::uint64_t> counts_;  // [truth, found]
};

}  // namespace unroll::inline v0
