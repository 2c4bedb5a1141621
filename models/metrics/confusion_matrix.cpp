#include <unroll/framework/errors/error.hpp>
#include <unroll/models/metrics/confusion_matrix.hpp>

#include <fmt/format.h>

namespace unroll::inline v0 {

namespace {

double fraction(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::size_t classes) : classes_(classes), counts_(classes * classes) {
  if (classes == 0) throw ArgumentError("ConfusionMatrix: 0 classes given, expected at least 1");
}

ConfusionMatrix::ConfusionMatrix(std::span<const int> truth, std::span<const int> found, std::size_t classes)
    : ConfusionMatrix(classes) {
  if (truth.size() != found.size())
    throw ShapeError(fmt::format("ConfusionMatrix: {} examples, but {} were classified", truth.size(), found.size()));
  for (std::size_t n = 0; n < truth.size(); ++n) add(truth[n], found[n]);
}

void ConfusionMatrix::add(int truth, int found) {
  for (const int given : {truth, found})
    if (given < 0 || static_cast<std::size_t>(given) >= classes_)
      throw ArgumentError(
          fmt::format("ConfusionMatrix: the class {} given, expected one from 0 to {}", given, classes_ - 1));
  ++counts_[static_cast<std::size_t>(truth) * classes_ + static_cast<std::size_t>(found)];
}

std::uint64_t ConfusionMatrix::count(std::size_t truth, std::size_t found) const {
  for (const std::size_t asked : {truth, found})
    if (asked >= classes_)
      throw ArgumentError(
          fmt::format("ConfusionMatrix: the class {} asked for, expected one from 0 to {}", asked, classes_ - 1));
  return counts_[truth * classes_ + found];
}

std::uint64_t ConfusionMatrix::examples(std::size_t truth) const {
  std::uint64_t sum = 0;
  for (std::size_t found = 0; found < classes_; ++found) sum += count(truth, found);
  return sum;
}

std::uint64_t ConfusionMatrix::taken_for(std::size_t found) const {
  std::uint64_t sum = 0;
  for (std::size_t truth = 0; truth < classes_; ++truth) sum += count(truth, found);
  return sum;
}

std::uint64_t ConfusionMatrix::examples() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts_) sum += count;
  return sum;
}

double ConfusionMatrix::accuracy() const {
  if (examples() == 0) throw ArgumentError("ConfusionMatrix: no examples, expected at least one to judge by");
  std::uint64_t right = 0;
  for (std::size_t c = 0; c < classes_; ++c) right += count(c, c);
  return fraction(right, examples());
}

double ConfusionMatrix::precision(std::size_t of_class) const {
  return fraction(count(of_class, of_class), taken_for(of_class));
}

double ConfusionMatrix::recall(std::size_t of_class) const {
  return fraction(count(of_class, of_class), examples(of_class));
}

double ConfusionMatrix::f1(std::size_t of_class) const {
  return fraction(2 * count(of_class, of_class), examples(of_class) + taken_for(of_class));
}

double ConfusionMatrix::macro_f1() const {
  if (examples() == 0) throw ArgumentError("ConfusionMatrix: no examples, expected at least one to judge by");
  double sum = 0, occurring = 0;
  for (std::size_t c = 0; c < classes_; ++c)
    if (examples(c) + taken_for(c) > 0) sum += f1(c), ++occurring;
  return sum / occurring;
}

}  // namespace unroll::inline v0
