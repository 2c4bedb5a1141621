// An op of your own, with a rule of its own: the running sum of a sequence. Expect a gradient check that passes.
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/tensor/random.hpp>

#include <iostream>

using namespace unroll;

/// y[t] = x[0] + ... + x[t]: [T, ...] -> [T, ...].
template <class Scalar>
Variable<Scalar> running_sum(Variable<Scalar> x) {
  const auto y = x.tape().record("running_sum", x.shape(), {x});
  const std::size_t size = x.shape().size(), step = x.shape().after(0);
  const Scalar* const from = x.value().data();  // asked for once: each call looks its node up
  Scalar* const sums = y.writable();
  for (std::size_t i = 0; i < size; ++i) sums[i] = from[i] + (i < step ? Scalar{0} : sums[i - step]);

  y.on_backward([=] {  // dx[t] = dy[t] + dy[t + 1] + ...
    const Scalar* const dy = y.upstream();
    Scalar* const dx = x.mutable_gradient();
    const auto sum = x.tape().template scratch<Scalar>(step);
    std::fill(sum.begin(), sum.end(), Scalar{0});
    for (std::size_t i = size; i-- > 0;) dx[i] += sum[i % step] += dy[i];
  });
  return y;
}

int main() {
  const auto report =
      check_gradients([](auto&, auto in) { return running_sum(in[0]); }, {normal<double>(Random(1), {5, 3})});
  std::cout << report << '\n';
  return report.passed() ? 0 : 1;
}
