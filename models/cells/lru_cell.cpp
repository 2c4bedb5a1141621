#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/sizes.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/framework/tensor/initializer.hpp>
#include <unroll/models/cells/lru_cell.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/shaping.hpp>

#include <algorithm>
#include <cmath>

namespace unroll::inline v0 {

template <class Scalar>
LruCell<Scalar>::LruCell(const LruOptions& options, const Random& random) {
  const std::size_t D = options.inputs, H = options.hidden;
  expect_sizes("LruCell", {{"inputs", D}, {"hidden", H}});
  expect_sizes("LruCell", {{"3 * hidden", 3 * H}});
  const double least = options.least_radius, largest = options.largest_radius;
  expect_in("LruCell", "largest_radius", largest, {.high = 1, .open_low = true, .open_high = true});
  expect_in("LruCell", "least_radius", least, {.high = largest});
  expect_in("LruCell", "largest_phase", options.largest_phase, {.high = 2 * std::numbers::pi, .open_low = true});

  const auto of_inputs = [&](std::uint64_t stream, std::size_t rows, double numbers) {
    return normal<Scalar>(random.split(stream), {rows, D}, 0, 1 / std::sqrt(numbers * static_cast<double>(D)));
  };
  Tensor<Scalar> weight({3 * H, D});
  const auto B = of_inputs(0, 2 * H, 2), skip = of_inputs(1, H, 1);
  std::copy(skip.begin(), skip.end(), std::copy(B.begin(), B.end(), weight.begin()));
  input_weight = Parameter(std::move(weight));
  const double deviation = 1 / std::sqrt(static_cast<double>(H));
  real_weight = Parameter(normal<Scalar>(random.split(2), {H, H}, 0, deviation));
  imaginary_weight = Parameter(normal<Scalar>(random.split(3), {H, H}, 0, deviation));

  Tensor<Scalar> nu({H}), theta({H}), gamma({H});
  for (std::size_t i = 0; i < H; ++i) {
    const auto above_zero = [&](std::uint64_t stream) { return 1 - random.split(stream).uniform(i); };  // (0, 1]
    const double square = least * least + above_zero(4) * (largest * largest - least * least);
    nu[i] = static_cast<Scalar>(std::log(-std::log(square) / 2));
    theta[i] = static_cast<Scalar>(std::log(options.largest_phase * above_zero(5)));
    gamma[i] = static_cast<Scalar>(std::log1p(-square) / 2);
  }
  decay = Parameter(std::move(nu)), phase = Parameter(std::move(theta)), scale = Parameter(std::move(gamma));
}

template <class Scalar>
auto LruCell<Scalar>::step(Variable<Scalar> projected, const State& previous) const -> State {
  Tape<Scalar>& tape = projected.tape();
  const auto [input_real, input_imaginary, skip] = split<3>(projected);  // each [N, H]
  const auto [lambda_real, lambda_imaginary, gamma] = map(
      "lru eigenvalues",
      [](auto nu, auto theta, auto g) {
        const auto radius = exp(-exp(nu)), angle = exp(theta);
        return std::tuple{radius * cos(angle), radius * sin(angle), exp(g)};
      },
      tape.use(decay), tape.use(phase), tape.use(scale));
  const auto in_rows = [&](Variable<Scalar> x) { return broadcast(x, previous.real.shape()); };
  const auto [real, imaginary] = map(
      "lru state",
      [](auto x, auto y, auto a, auto b, auto u, auto v, auto g) {
        return std::tuple{a * x - b * y + g * u, b * x + a * y + g * v};
      },
      previous.real, previous.imaginary, in_rows(lambda_real), in_rows(lambda_imaginary), input_real, input_imaginary,
      in_rows(gamma));
  const auto hidden = add_linear(add_linear(skip, real, real_weight), imaginary, imaginary_weight);
  return {.hidden = hidden, .real = real, .imaginary = imaginary};
}

template struct LruCell<float>;
template struct LruCell<double>;
template struct LruCell<DualNumber>;

}  // namespace unroll::inline v0
