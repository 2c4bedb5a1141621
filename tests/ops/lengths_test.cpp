#include "support/messages.hpp"
#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {
const std::vector<std::size_t> ragged{2, 0, 3, 1};
}

TEST_CASE("the steps that exist are rows, step by step, and go back with zeros beyond the ends", "[lengths]") {
  Tape tape;
  const auto x = tape.constant(counting({3, 4, 1}));
  const auto rows = existing_steps(x, ragged);
  CHECK(rows.shape() == Shape{6, 1});
  CHECK(numbers_of(rows) == std::vector<float>{0, 2, 3, 4, 6, 10});
  const auto back = padded_steps(rows, 3, 4, ragged);
  CHECK(back.shape() == Shape{3, 4, 1});
  CHECK(numbers_of(back) == std::vector<float>{0, 0, 2, 3, 4, 0, 6, 0, 0, 0, 10, 0});
}

TEST_CASE("without lengths, or with full ones, nothing is copied", "[lengths]") {
  Tape tape;
  const auto x = tape.constant(counting({3, 4, 2}));
  const std::vector<std::size_t> full(4, 3);
  for (const Lengths lengths : {Lengths(), Lengths(full)}) {
    const auto rows = existing_steps(x, lengths);
    CHECK(rows.shape() == Shape{12, 2});
    CHECK(rows.value().data() == x.value().data());
    const auto back = padded_steps(rows, 3, 4, lengths);
    CHECK(back.shape() == x.shape());
    CHECK(back.value().data() == x.value().data());
  }
}

TEST_CASE("a row exists if its step is before the end of its sequence, whatever axes follow", "[lengths]") {
  constexpr std::size_t steps = 4, batch = 4;
  for (const std::size_t features : {1, 2, 5}) {
    const detail::ExistingRows existing(batch * features, ragged), all(batch * features, {});
    std::size_t row = 0;
    for (std::size_t t = 0; t < steps; ++t)
      for (std::size_t n = 0; n < batch; ++n)
        for (std::size_t f = 0; f < features; ++f, ++row) {
          CHECK(existing.contains(row) == (t < ragged[n]));
          CHECK(all.contains(row));
        }
  }
  CHECK(detail::ExistingRows(0, {}).contains(0));
}

TEST_CASE("gradients reach the steps that exist, there and back", "[lengths][gradient]") {
  expect_gradients([](auto&, auto in) { return existing_steps(in[0], ragged); },
                   {normal<double>(Random(1), {3, 4, 2})});
  expect_gradients([](auto&, auto in) { return padded_steps(in[0], 3, 4, ragged); },
                   {normal<double>(Random(1), {6, 2})});
}

TEST_CASE("lengths that do not fit are named", "[lengths][error]") {
  Tape tape;
  const auto x = tape.zeros({3, 4, 2});
  const std::vector<std::size_t> few{1, 2}, longer{1, 2, 3, 4};
  CHECK_THAT(message_of<ShapeError>([&] { existing_steps(x, few); }),
             Contains("existing_steps: 2 lengths given for the N=4 sequences of [T=3, N=4, 2], expected one each"));
  CHECK_THAT(message_of<ArgumentError>([&] { existing_steps(x, longer); }),
             Contains("sequence 3 has a length of 4, but there are T=3 steps in [T=3, N=4, 2]")
                 && Contains("cut shorter than its sequences"));
  CHECK_THAT(message_of<ShapeError>([&] { existing_steps(tape.zeros({3}), few); }),
             Contains("sequences of shape [3], expected [T, N, ...]"));
  CHECK_THAT(message_of<ShapeError>([&] {
               padded_steps(tape.zeros({7, 2}), 3, 4, ragged);
             }),
             Contains("padded_steps: [P=7, 2] given, but the lengths add up to 6 steps"));
}
