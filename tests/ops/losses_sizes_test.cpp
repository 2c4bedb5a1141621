#include "support/op_sizes.hpp"

#include <array>

using namespace unroll;
using namespace unroll::testing;

namespace {

std::vector<SizeUse> losses() {
  const LossOptions summed{.reduction = Reduction::sum};
  const auto over = [](Tape<>& tape, const auto& loss, Size n) {
    const std::array lengths{n};
    return loss(make(tape, 1, 1, 2), make(tape, 1, 1, 2), LossOptions{Reduction::sum, lengths});
  };
  const auto squares = [](auto x, auto t, auto options) { return mean_squared_error(x, t, options); };
  const auto magnitudes = [](auto x, auto t, auto options) { return mean_absolute_error(x, t, options); };
  const auto robust = [](auto x, auto t, auto options) { return huber(x, t, 1, options); };
  const auto binary = [](auto x, auto t, auto options) { return binary_cross_entropy(x, t, options); };
  const auto quantiles = [](auto x, auto t, auto options) { return quantile_loss(x, t, 0.5, options); };
  const auto gaussian = [](auto x, auto t, auto options) { return gaussian_negative_log_likelihood(x, t, t, options); };
  const auto of_classes = [](auto x, const Tensor<int>& targets, Lengths lengths) {
    return cross_entropy(x, targets, {.reduction = Reduction::sum, .lengths = lengths});
  };
  const auto of = [&](std::string name, const auto& loss) {
    return op(std::move(name), "......", always(),
              [=](auto& tape, Size n) { return loss(make(tape, n, 0), make(tape, n, 0), summed); });
  };
  const auto of_lengths = [&](std::string name, const auto& loss) {
    return op(std::move(name), "..xxxx", always(), [=](auto& tape, Size n) { return over(tape, loss, n); });
  };
  return {
      of("mean_squared_error", squares),
      of("mean_absolute_error", magnitudes),
      of("huber", robust),
      of("binary_cross_entropy", binary),
      of("quantile_loss", quantiles),
      of("gaussian_negative_log_likelihood", gaussian),
      of_lengths("quantile_loss, lengths", quantiles),
      of_lengths("gaussian_negative_log_likelihood, lengths", gaussian),
      op("mean_squared_error, steps", "x.....", always(),
         [](auto& tape, Size n) {
           return mean_squared_error(make(tape, n, 1, 0), make(tape, n, 1, 0), {.reduction = Reduction::sum_per_step});
         }),
      op("cross_entropy, steps", "xxxxxx", always(),
         [](auto& tape, Size n) {
           return cross_entropy(make(tape, n, 0, 3), Tensor<int>({n, 0}), {.reduction = Reduction::sum_per_step});
         }),
      of_lengths("mean_squared_error, lengths", squares),
      of_lengths("mean_absolute_error, lengths", magnitudes),
      of_lengths("huber, lengths", robust),
      of_lengths("binary_cross_entropy, lengths", binary),
      op("mean_squared_error of nothing", "xxxxxx", always(),
         [](auto& tape, Size n) { return mean_squared_error(make(tape, n, 0), make(tape, n, 0)); }),
      op("cross_entropy, classes", "......", always(),
         [=](auto& tape, Size n) { return of_classes(make(tape, 0, n), Tensor<int>({0}), {}); }),
      op("cross_entropy, targets", ".....x", always(),
         [=](auto& tape, Size n) {
           return of_classes(make(tape, n, 0, 3), Tensor<int>({n, 0}), {});
         }),
      op("cross_entropy, lengths", "..xxxx", always(),
         [=](auto& tape, Size n) {
           return of_classes(make(tape, 1, 1, 2), Tensor<int>({1, 1}), std::array{n});
         }),
  };
}

std::vector<SizeUse> alignment_losses() {
  const CtcOptions summed{.reduction = Reduction::sum};
  return {
      op("ctc_loss, steps", ".....x", always(),
         [=](auto& tape, Size n) {
           return ctc_loss(make(tape, n, 0, 3), Tensor<int>({1, 0}), summed);
         }),
      op("ctc_loss, batch of no steps", "..mmxx", always(),
         [=](auto& tape, Size n) {
           return ctc_loss(make(tape, 0, n, 3), Tensor<int>({0, n}), summed);
         }),
      op("ctc_loss, targets", "......", always(),
         [=](auto& tape, Size n) {
           return ctc_loss(make(tape, 2, 0, 3), Tensor<int>({n, 0}), summed);
         }),
      op("ctc_loss, classes", "x....x", always(),
         [=](auto& tape, Size n) {
           return ctc_loss(make(tape, 2, 0, n), Tensor<int>({1, 0}), summed);
         }),
      op("ctc_loss, lengths", "x.xxxx", always(),
         [=](auto& tape, Size n) {
           return ctc_loss(make(tape, 1, 1, 2), Tensor<int>({1, 1}, 1), {.lengths = std::array{n}});
         }),
      op("ctc_loss, target_lengths", "..xxxx", always(),
         [=](auto& tape, Size n) {
           return ctc_loss(make(tape, 1, 1, 2), Tensor<int>({1, 1}, 1), {.target_lengths = std::array{n}});
         }),
  };
}

}  // namespace

TEST_CASE("losses of alignments refuse a size that was computed wrong, or answer rightly", "[sizes][error]") {
  expect_outcomes(alignment_losses());
}

TEST_CASE("losses refuse a size that was computed wrong, or answer rightly", "[sizes][error]") {
  expect_outcomes(losses());
}
