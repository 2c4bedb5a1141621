#include "support/catch.hpp"
#include "support/training_models.hpp"
#include <unroll/models/trainer/parts.hpp>

using namespace unroll;
using namespace unroll::testing;

TEST_CASE("sums of parts add up, member by member", "[trainer]") {
  detail::PartSum sum{1.5, 2, 1};
  sum += {2.5, 3, 3};
  CHECK(sum.loss == 4);
  CHECK(sum.items == 5);
  CHECK(sum.learned == 4);
}

TEST_CASE("a mean over items is their sum in double", "[trainer]") {
  Tape<> tape;
  const auto mean = tape.constant(Tensor<>({}, 0.1f));
  CHECK(detail::sum_of_losses(mean, 1000000) == static_cast<double>(0.1f) * 1e6);
}

TEST_CASE("a loss is a function of a tape and a batch to a Variable, with or without noise, or is carried",
          "[trainer]") {
  const auto plain = [](Tape<>& tape, const Points&) { return tape.zeros({}); };
  const auto noisy = [](Tape<>& tape, const Points&, const Noise&) { return tape.zeros({}); };
  const auto number = [](Tape<>&, const Points&) { return 0.f; };
  STATIC_REQUIRE(detail::LossOf<decltype(plain), float, Points>);
  STATIC_REQUIRE(detail::LossOf<decltype(noisy), float, Points>);
  STATIC_REQUIRE_FALSE(detail::LossOf<decltype(number), float, Points>);
  STATIC_REQUIRE_FALSE(detail::LossOf<decltype(plain), float, StreamBatch>);
  STATIC_REQUIRE_FALSE(detail::LossOf<decltype(plain), double, Points>);
  Speller model;
  const auto loss = spelling_loss(model, {1, 1});
  STATIC_REQUIRE(detail::LossOf<std::remove_const_t<decltype(loss)>, float, StreamBatch>);
  Tape<> tape;
  CHECK(detail::record_loss<float>(plain, tape, Points{}, Random(1)).item() == 0);
}
