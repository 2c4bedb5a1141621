#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/ctc_decoding.hpp>
#include <unroll/ops/kernels/index_errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace unroll::inline v0 {

namespace {

void expect_logits(const char* operation, const Shape& logits, int blank, Lengths lengths) {
  expect_axes(operation, "the logits", logits, "TNV");
  expect_lengths(operation, logits, lengths);
  if (!detail::is_index(blank, logits[2]))
    throw ArgumentError(fmt::format("{}: blank is {}, expected one of the V={} classes of logits {}", operation, blank,
                                    logits[2], describe(logits, "TNV")));
}

/// Calls visit(t, row) for each step of sequence n that exists.
template <class Scalar>
void for_each_step(TensorView<const Scalar> logits, Lengths lengths, std::size_t n, auto&& visit) {
  const std::size_t batch = logits.shape()[1], classes = logits.shape()[2];
  const std::size_t steps = lengths.empty() ? logits.shape()[0] : lengths[n];
  for (std::size_t t = 0; t < steps; ++t)
    visit(t, std::span<const Scalar>(logits.data() + (t * batch + n) * classes, classes));
}

}  // namespace

template <class Scalar>
std::vector<std::vector<int>> ctc_greedy(TensorView<const Scalar> logits, int blank, Lengths lengths) {
  expect_logits("ctc_greedy", logits.shape(), blank, lengths);
  std::vector<std::vector<int>> result(logits.shape()[1]);
  for (std::size_t n = 0; n < result.size(); ++n)
    for_each_step(logits, lengths, n, [&, last = blank](std::size_t t, std::span<const Scalar> row) mutable {
      if (std::ranges::any_of(row, [](Scalar number) { return std::isnan(number); }))
        throw NumericalError(fmt::format("ctc_greedy: nan at step {} of sequence {}, expected numbers", t, n));
      const auto likeliest = static_cast<int>(std::ranges::max_element(row) - row.begin());
      if (likeliest != last && likeliest != blank) result[n].push_back(likeliest);
      last = likeliest;
    });
  return result;
}

template <class Scalar>
std::vector<std::vector<CtcHypothesis>> ctc_beam_search(TensorView<const Scalar> logits, const CtcBeamOptions& options,
                                                        Lengths lengths) {
  expect_logits("ctc_beam_search", logits.shape(), options.blank, lengths);
  std::vector<std::vector<CtcHypothesis>> result;
  for (std::size_t n = 0; n < logits.shape()[1]; ++n) {
    CtcBeam beam(options);
    for_each_step(logits, lengths, n, [&](std::size_t, std::span<const Scalar> row) { beam.read(row); });
    result.push_back(beam.hypotheses());
  }
  return result;
}

#define UNROLL_INSTANTIATE(Scalar)                                                                                  \
  template std::vector<std::vector<int>> ctc_greedy(TensorView<const Scalar>, int, Lengths);                        \
  template std::vector<std::vector<CtcHypothesis>> ctc_beam_search(TensorView<const Scalar>, const CtcBeamOptions&, \
                                                                   Lengths);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0
