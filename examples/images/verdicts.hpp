#pragma once

#include "support/idx_images.hpp"
#include "task/scores.hpp"
#include <unroll/models/metrics/confusion_matrix.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace images {

/// What a model says of a set of images: the probabilities of all classes for each.
struct Verdicts {
  std::vector<float> probabilities;  // [images, classes]
  std::size_t classes;

  /// The class that is likeliest.
  std::size_t found(std::size_t image) const;
  /// That of all images.
  std::vector<std::size_t> found() const;
};

/// For each image, the class whose mean training image is nearest: the baseline.
std::vector<std::size_t> nearest_mean_classes(const support::LabeledImages& training,
                                              const support::LabeledImages& images, std::size_t classes);

/// The accuracy beside the baseline's, and the error of each class.
task::Scores scores_of(const Verdicts& verdicts, const std::vector<std::size_t>& baseline,
                       const support::LabeledImages& images, const std::vector<std::string>& names);

/// Which images were taken for what.
unroll::ConfusionMatrix confusion_of(const std::vector<std::size_t>& found, const support::LabeledImages& images,
                                     std::size_t classes);

}  // namespace images
