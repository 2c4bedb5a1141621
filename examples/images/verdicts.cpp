#include "images/verdicts.hpp"

#include <algorithm>
#include <limits>

namespace images {

namespace {

/// Mean images, [classes, pixels]; of a class without images, one that is far from all.
std::vector<double> mean_images(const support::LabeledImages& images, std::size_t classes) {
  const std::size_t size = images.height * images.width;
  std::vector<double> means(classes * size), counts(classes);
  for (std::size_t n = 0; n < images.count(); ++n) {
    const std::size_t label = images.labels[n];
    const auto image = images.image(n);
    ++counts[label];
    for (std::size_t i = 0; i < size; ++i) means[label * size + i] += image[i];
  }
  for (std::size_t i = 0; i < means.size(); ++i) means[i] = counts[i / size] > 0 ? means[i] / counts[i / size] : 1e6;
  return means;
}

}  // namespace

std::size_t Verdicts::found(std::size_t image) const {
  const auto first = probabilities.begin() + static_cast<std::ptrdiff_t>(image * classes);
  return static_cast<std::size_t>(std::max_element(first, first + static_cast<std::ptrdiff_t>(classes)) - first);
}

std::vector<std::size_t> Verdicts::found() const {
  std::vector<std::size_t> all(probabilities.size() / classes);
  for (std::size_t n = 0; n < all.size(); ++n) all[n] = found(n);
  return all;
}

std::vector<std::size_t> nearest_mean_classes(const support::LabeledImages& training,
                                              const support::LabeledImages& images, std::size_t classes) {
  const std::vector<double> means = mean_images(training, classes);
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

unroll::ConfusionMatrix confusion_of(const std::vector<std::size_t>& found, const support::LabeledImages& images,
                                     std::size_t classes) {
  unroll::ConfusionMatrix confusion(classes);
  for (std::size_t n = 0; n < images.count(); ++n)
    confusion.add(static_cast<int>(images.labels[n]), static_cast<int>(found[n]));
  return confusion;
}

task::Scores scores_of(const Verdicts& verdicts, const std::vector<std::size_t>& baseline,
                       const support::LabeledImages& images, const std::vector<std::string>& names) {
  const auto model = confusion_of(verdicts.found(), images, names.size());
  const auto simple = confusion_of(baseline, images, names.size());
  task::Scores scores{.baseline = "nearest mean image", .scores = {}};
  scores.scores.push_back({.name = "accuracy",
                           .model = 100 * model.accuracy(),
                           .baseline = 100 * simple.accuracy(),
                           .better = task::Better::higher,
                           .unit = "%",
                           .digits = 2});
  for (std::size_t label = 0; label < names.size(); ++label)
    if (model.examples(label) > 0)
      scores.scores.push_back({.name = "error of " + names[label],
                               .model = 100 * (1 - model.recall(label)),
                               .baseline = 100 * (1 - simple.recall(label)),
                               .unit = "%",
                               .digits = 1});
  return scores;
}

}  // namespace images
