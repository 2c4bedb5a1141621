#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models/metrics/confusion_matrix.hpp>

#include <vector>

using namespace unroll;

TEST_CASE("a confusion matrix counts what was taken for what") {
  // Cats are 0, dogs 1, birds 2: an example by hand.
  const std::vector truth{0, 0, 0, 0, 1, 1, 1, 2, 2, 2}, found{0, 0, 1, 2, 1, 1, 0, 2, 2, 2};
  const ConfusionMatrix confusion(truth, found, 3);
  CHECK(confusion.classes() == 3);
  CHECK(confusion.examples() == 10);
  CHECK(confusion.count(0, 0) == 2);
  CHECK(confusion.count(0, 1) == 1);
  CHECK(confusion.count(1, 0) == 1);
  CHECK(confusion.examples(0) == 4);
  CHECK(confusion.taken_for(2) == 4);
  CHECK(confusion.accuracy() == Approx(0.7));
  CHECK(confusion.precision(0) == Approx(2. / 3));
  CHECK(confusion.recall(0) == Approx(2. / 4));
  CHECK(confusion.f1(0) == Approx(2 * (2. / 3) * 0.5 / (2. / 3 + 0.5)));
  CHECK(confusion.f1(1) == Approx(2. / 3));
  CHECK(confusion.f1(2) == Approx(2 * 0.75 / 1.75));
  CHECK(confusion.macro_f1() == Approx((4. / 7 + 2. / 3 + 6. / 7) / 3));
}

TEST_CASE("a class that is never found has an F1 of 0, and one that nothing has to do with does not count") {
  const ConfusionMatrix confusion(std::vector{0, 0, 1}, std::vector{0, 0, 0}, 3);
  CHECK(confusion.precision(1) == 0);
  CHECK(confusion.recall(1) == 0);
  CHECK(confusion.f1(1) == 0);
  CHECK(confusion.f1(2) == 0);
  CHECK(confusion.macro_f1() == Approx(0.8 / 2));
}

TEST_CASE("precision, recall and F1 are those of their definitions for any classes") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Random random(seed);
    const std::size_t classes = 1 + random.bits(0) % 5, examples = 1 + random.bits(1) % 40;
    std::vector<int> truth(examples), found(examples);
    for (std::size_t n = 0; n < examples; ++n) {
      truth[n] = static_cast<int>(random.split(1).bits(n) % classes);
      found[n] = static_cast<int>(random.split(2).bits(n) % classes);
    }
    const ConfusionMatrix confusion(truth, found, classes);
    double right = 0;
    for (std::size_t n = 0; n < examples; ++n) right += truth[n] == found[n];
    CHECK(confusion.accuracy() == Approx(right / static_cast<double>(examples)));
    for (int c = 0; c < static_cast<int>(classes); ++c) {
      double hits = 0, wrongly = 0, missed = 0;
      for (std::size_t n = 0; n < examples; ++n) {
        hits += truth[n] == c && found[n] == c;
        wrongly += truth[n] != c && found[n] == c;
        missed += truth[n] == c && found[n] != c;
      }
      const auto of_class = static_cast<std::size_t>(c);
      const double p = hits + wrongly > 0 ? hits / (hits + wrongly) : 0,
                   r = hits + missed > 0 ? hits / (hits + missed) : 0;
      CHECK(confusion.precision(of_class) == Approx(p));
      CHECK(confusion.recall(of_class) == Approx(r));
      CHECK(confusion.f1(of_class) == Approx(p + r > 0 ? 2 * p * r / (p + r) : 0));
    }
  }
}

TEST_CASE("a confusion matrix refuses classes that there are not, and judges nothing by no examples") {
  ConfusionMatrix confusion(2);
  CHECK(message_of<ArgumentError>([&] { confusion.add(2, 0); })
        == "ConfusionMatrix: the class 2 given, expected one from 0 to 1");
  CHECK(message_of<ArgumentError>([&] { confusion.add(0, -1); })
        == "ConfusionMatrix: the class -1 given, expected one from 0 to 1");
  CHECK(confusion.examples() == 0);
  CHECK(message_of<ArgumentError>([&] { confusion.accuracy(); })
        == "ConfusionMatrix: no examples, expected at least one to judge by");
  CHECK_THROWS_AS(confusion.macro_f1(), ArgumentError);
  CHECK(message_of<ArgumentError>([&] { confusion.count(0, 2); })
        == "ConfusionMatrix: the class 2 asked for, expected one from 0 to 1");
  CHECK(message_of<ArgumentError>([&] { ConfusionMatrix(0); })
        == "ConfusionMatrix: 0 classes given, expected at least 1");
  CHECK(message_of<ShapeError>([&] {
          ConfusionMatrix(std::vector{0, 1}, std::vector{0}, 2);
        })
        == "ConfusionMatrix: 2 examples, but 1 were classified");
}
