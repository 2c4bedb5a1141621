#include "images/verdicts.hpp"
#include "support/catch.hpp"

#include <algorithm>

namespace {

/// Images of one row and two pixels.
const support::LabeledImages training{1, 2, {0, 0, 2, 2, 100, 100, 9, 200}, {0, 0, 1, 1}};
const support::LabeledImages test{1, 2, {3, 0, 90, 99, 0, 190}, {0, 1, 1}};
const images::Verdicts verdicts{{0.9F, 0.1F, 0.6F, 0.4F, 0.2F, 0.8F}, 2};

}  // namespace

TEST_CASE("the baseline takes the class whose mean training image is nearest") {
  // The means are (1, 1) and (54.5, 150).
  CHECK(images::nearest_mean_classes(training, test, 2) == std::vector<std::size_t>{0, 1, 1});
  support::LabeledImages zeros = training;  // a class of which there is no image is none's
  std::fill(zeros.labels.begin(), zeros.labels.end(), std::uint8_t{0});
  CHECK(images::nearest_mean_classes(zeros, test, 2) == std::vector<std::size_t>{0, 0, 0});
}

TEST_CASE("scores of images are the accuracy beside the baseline, and the error of each class that is there") {
  const auto scores = scores_of(verdicts, {1, 1, 1}, test, {"dot", "dash"});
  REQUIRE(scores.scores.size() == 3);
  CHECK(scores.scores[0].name == "accuracy");
  CHECK(scores.scores[0].model == Approx(200.0 / 3));
  CHECK(scores.scores[0].baseline.value() == Approx(200.0 / 3));
  CHECK(scores.scores[0].better == task::Better::higher);
  CHECK(scores.scores[1].name == "error of dot");
  CHECK(scores.scores[1].model == 0);
  CHECK(scores.scores[1].baseline.value() == 100);
  CHECK(scores.scores[2].model == 50);
}

TEST_CASE("a row of the confusion matrix is a class, a column what it was taken for") {
  const auto confusion = images::confusion_of(verdicts.found(), test, 2);
  CHECK(confusion.count(0, 0) == 1);
  CHECK(confusion.count(0, 1) == 0);
  CHECK(confusion.count(1, 0) == 1);
  CHECK(confusion.count(1, 1) == 1);
}
