#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/lengths.hpp>
#include <unroll/ops/shaping.hpp>
#include <unroll/ops/take_rows.hpp>

#include <fmt/format.h>

#include <limits>
#include <numeric>

namespace unroll::inline v0 {

void expect_lengths(std::string_view operation, const Shape& sequences, Lengths lengths) {
  if (sequences.rank() < 2)
    throw ShapeError(fmt::format("{}: sequences of shape {}, expected [T, N, ...]", operation, to_string(sequences)));
  if (lengths.empty()) return;
  if (lengths.size() != sequences[1])
    throw ShapeError(fmt::format("{}: {} given for the N={} sequences of {}, expected one each", operation,
                                 counted(lengths.size(), "length"), sequences[1], describe(sequences, "TN")));
  for (std::size_t n = 0; n < lengths.size(); ++n)
    if (lengths[n] > sequences[0])
      throw ArgumentError(
          fmt::format("{}: sequence {} has a length of {}, but there are T={} steps in {} (is the batch "
                      "cut shorter than its sequences?)",
                      operation, n, lengths[n], sequences[0], describe(sequences, "TN")));
}

namespace {

/// [T, N, ...] with the first two axes as one.
Shape with_rows(const Shape& shape) { return shape.without(0).with(0, shape[0] * shape[1]); }

}  // namespace

void detail::expect_countable(std::string_view operation, std::size_t steps, std::size_t batch) {
  constexpr std::size_t most = std::numeric_limits<int>::max();
  if (batch > 0 && steps > most / batch)
    throw ArgumentError(
        fmt::format("{}: T={} steps of N={} sequences given, more than {} in all (was a size computed "
                    "as -1?)",
                    operation, steps, batch, most));
}

template <class Scalar>
Variable<Scalar> existing_steps(Variable<Scalar> x, Lengths lengths, CallSite site) {
  const CalledFrom caller(x.tape(), site);
  const Shape shape = x.shape();
  expect_lengths("existing_steps", shape, lengths);
  const auto rows = reshape(x, with_rows(shape));
  if (lengths.empty()) return rows;
  const std::size_t batch = shape[1];
  detail::expect_countable("existing_steps", shape[0], batch);
  const auto indices = x.tape().template scratch<int>(std::accumulate(lengths.begin(), lengths.end(), std::size_t{0}));
  const detail::ExistingRows existing(batch, lengths);
  std::size_t next = 0;
  for (std::size_t t = 0; t < shape[0]; ++t)
    for (std::size_t n = 0; n < batch; ++n)
      if (existing.has_step(t, n)) indices[next++] = static_cast<int>(t * batch + n);
  return take_rows(rows, {indices.data(), {indices.size()}});
}

template <class Scalar>
Variable<Scalar> padded_steps(Variable<Scalar> existing, std::size_t steps, std::size_t batch, Lengths lengths,
                              CallSite site) {
  const CalledFrom caller(existing.tape(), site);
  expect_lengths("padded_steps", {steps, batch}, lengths);
  detail::expect_countable("padded_steps", steps, batch);
  const auto indices = existing.tape().template scratch<int>(steps * batch);
  const detail::ExistingRows rows(batch, lengths);
  int next = 0;
  for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = rows.contains(i) ? next++ : -1;
  const Shape shape = existing.shape();
  if (shape.rank() == 0 || shape[0] != static_cast<std::size_t>(next))
    throw ShapeError(fmt::format("padded_steps: {} given, but the lengths add up to {}", describe(shape, "P"),
                                 counted(static_cast<std::size_t>(next), "step")));
  return take_rows(existing, {indices.data(), {steps, batch}});
}

#define UNROLL_INSTANTIATE(Scalar)                                               \
  template Variable<Scalar> existing_steps(Variable<Scalar>, Lengths, CallSite); \
  template Variable<Scalar> padded_steps(Variable<Scalar>, std::size_t, std::size_t, Lengths, CallSite);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0
