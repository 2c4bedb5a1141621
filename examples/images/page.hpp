#pragma once

#include "images/image_batches.hpp"
#include "images/verdicts.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace images {

/// The probabilities of the classes, [looks, classes], at steps of an image evenly apart, the last one among them.
using WhileReading = std::function<std::vector<float>(std::size_t image)>;

/// A page of the scores, some images that were classified rightly and wrongly, each with the probabilities of the
/// classes as its steps are read, and the confusion matrix.
std::string page_of(const Verdicts& verdicts, const support::LabeledImages& images, const Reading& reading,
                    const std::vector<std::string>& names, const task::Scores& scores, const WhileReading& read);

}  // namespace images
