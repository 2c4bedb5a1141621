#include "images/verdicts.hpp"

#include <algorithm>
#include <limits>

namespace images {

namespace {

/// Mean images, [classes, pixels]; of a class without images, one that is far from all.
std::vector<double> mean_images(const support::LabeledImages& images, std::size_t count, std::size_t classes) {
  const std::size_t size = images.height * images.width;
  std::vector<double> means(classes * size), counts(classes);
  for (std::size_t n = 0; n < count; ++n) {
    const std::size_t label = images.labels[n];
    const auto image = images.image(n);
    ++counts[label];
    for (std::size_t i = 0; i < size; ++i) means[label * size + i] += image[i];
  }
  for (std::size_t i = 0; i < means.size(); ++i) means[i] = counts[i / size] > 0 ? means[i] / counts[i / size] : 1e6;
  return means;
}

double percent(std::size_t part, std::size_t whole) {
  return 100 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::size_t Verdicts::found(std::size_t image) const {
  const auto first = probabilities.begin() + static_cast<std::ptrdiff_t>(image * classes);
  return static_cast<std::size_t>(std::max_element(first, first + static_cast<std::ptrdiff_t>(classes)) - first);
}

std::vector<std::size_t> nearest_mean_classes(const support::LabeledImages& training_images, std::size_t training,
                                              const support::LabeledImages& images, std::size_t classes) {
  const std::vector<double> means = mean_images(training_images, training, classes);
  const std::size_t size = images.height * images.width;
  std::vector<std::size_t> nearest(images.count());
  for (std::size_t n = 0; n < images.count(); ++n) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t label = 0; label < classes; ++label) {
      double distance = 0;
      for (std::size_t i = 0; i < size; ++i) {
        const double difference = images.image(n)[i] - means[label * size + i];
        distance += difference * difference;
      }
      if (distance < least) least = distance, nearest[n] = label;
    }
  }
  return nearest;
}

std::vector<std::vector<std::size_t>> confusion_of(const Verdicts& verdicts, const support::LabeledImages& images) {
  std::vector<std::vector<std::size_t>> confusion(verdicts.classes, std::vector<std::size_t>(verdicts.classes));
  for (std::size_t n = 0; n < images.count(); ++n) ++confusion[images.labels[n]][verdicts.found(n)];
  return confusion;
}

task::Scores scores_of(const Verdicts& verdicts, const std::vector<std::size_t>& baseline,
                       const support::LabeledImages& images, const std::vector<std::string>& names) {
  std::vector<std::size_t> counts(names.size()), wrong(names.size()), wrong_baseline(names.size());
  std::size_t right = images.count(), right_baseline = images.count();
  for (std::size_t n = 0; n < images.count(); ++n) {
    const std::size_t label = images.labels[n];
    ++counts[label];
    if (verdicts.found(n) != label) ++wrong[label], --right;
    if (baseline[n] != label) ++wrong_baseline[label], --right_baseline;
  }
  task::Scores scores{.baseline = "nearest mean image", .scores = {}};
  scores.scores.push_back({.name = "accuracy",
                           .model = percent(right, images.count()),
                           .baseline = percent(right_baseline, images.count()),
                           .better = task::Better::higher,
                           .unit = "%",
                           .digits = 2});
  for (std::size_t label = 0; label < names.size(); ++label)
    if (counts[label] > 0)
      scores.scores.push_back({.name = "error of " + names[label],
                               .model = percent(wrong[label], counts[label]),
                               .baseline = percent(wrong_baseline[label], counts[label]),
                               .unit = "%",
                               .digits = 1});
  return scores;
}

}  // namespace images
