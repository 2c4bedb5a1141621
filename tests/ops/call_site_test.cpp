#include "support/catch.hpp"
#include "support/ops.hpp"
#include <unroll/framework/tape/anomaly.hpp>
#include <unroll/ops.hpp>

using namespace unroll;

namespace {

/// The line that a node is reported with: its numbers are made NaN.
template <class Scalar>
unsigned line_of(Variable<Scalar> node) {
  static_cast<void>(node.value());  // of those that are made when somebody asks
  node.writable()[0] = std::numeric_limits<Scalar>::quiet_NaN();
  const auto found = node.tape().find_nonfinite();
  REQUIRE(found.has_value());
  CHECK(std::string(found->site.file_name()).find("call_site_test.cpp") != std::string::npos);
  return found->site.line();
}

/// Calls `op(x, y)` on a new tape, and gives the line that it is reported with.
template <class Scalar = float, class Op>
unsigned line_of_op(Op&& op) {
  Tape<Scalar> tape;
  const auto x = tape.input(Tensor<Scalar>({2, 2}, Scalar(0.5))), y = tape.input(Tensor<Scalar>({2, 2}, Scalar(0.5)));
  return line_of(op(x, y));
}

constexpr unsigned template_begins = __LINE__ + 2;
/// As a cell that is written for any scalar calls ops.
template <class Scalar>
Variable<Scalar> in_a_template(Variable<Scalar> x, const Parameter<Scalar>& weight) {
  return tanh(x) * weight - 2 * x;
}

}  // namespace

#define CHECK_LINE(...) CHECK(line_of_op([&](auto x, auto y) { return static_cast<void>(y), __VA_ARGS__; }) == __LINE__)

TEST_CASE("operators are reported with the line that they are on", "[call_site]") {
  const Parameter<> p(Tensor<>({2, 2}, 0.5f));
  const Tensor<> t({2, 2}, 0.5f);
  CHECK_LINE(x + y);
  CHECK_LINE(x - y);
  CHECK_LINE(x * y);
  CHECK_LINE(x / y);
  CHECK_LINE(x + p);
  CHECK_LINE(p - x);
  CHECK_LINE(x * t);
  CHECK_LINE(x + 1);
  CHECK_LINE(2.0 * x);
  CHECK_LINE(1 - x);
  CHECK_LINE(x / 2.0f);
  CHECK_LINE(-x);
}

TEST_CASE("ops are reported with the line of their call, also those that are made of others", "[call_site]") {
  const Parameter<> p(Tensor<>({2, 2}, 0.5f)), b(Tensor<>({2}));
  const Tensor<> t({2, 2}, 0.5f);
  const Tensor<int> tokens({2}, {1, 0});
  CHECK_LINE(exp(x));
  CHECK_LINE(tanh(x));
  CHECK_LINE(leaky_relu(x));
  CHECK_LINE(clamp(x, 0, 1));
  CHECK_LINE(pow(x, 2));
  CHECK_LINE(pow(x, y));
  CHECK_LINE(maximum(x, y));
  CHECK_LINE(where(t, x, y));
  CHECK_LINE(sum(x));
  CHECK_LINE(mean(x, 0));
  CHECK_LINE(max(x, {0, 1}));
  CHECK_LINE(softmax(x, 0));
  CHECK_LINE(logsumexp(x));
  CHECK_LINE(linear(x, p, b));
  CHECK_LINE(add_linear(x, y, p));
  CHECK_LINE(matmul(x, p));
  CHECK_LINE(matmul(reshape(x, {2, 1, 2}), reshape(y, {2, 2, 1})));
  CHECK_LINE(outer(x, y));
  CHECK_LINE(add_bias(x, b));
  CHECK_LINE(layer_norm(x, b, b));
  CHECK_LINE(dropout(x, 0.5, Random(1)));
  CHECK_LINE(cross_entropy(x, tokens));
  CHECK_LINE(mean_squared_error(x, y));
  CHECK_LINE(quantile_loss(x, y, 0.1));
  CHECK_LINE(gaussian_negative_log_likelihood(x, y, t));
  CHECK_LINE(reduce("mine", x, Reduction::mean));
  CHECK_LINE(rows(x, tokens));
  CHECK_LINE(take_rows(x, tokens));
  CHECK_LINE(gather(x, Tensor<int>({2, 1})));
  CHECK_LINE(repeated_row(x, 1, 2));
  CHECK_LINE(dropout_rows(x, 0.5, Random(1), 0, tokens));
  CHECK_LINE(sequence_dropout(x, 0.5, Random(1)));
  CHECK_LINE(zoneout(x, y, 0.5, Random(1)));
  CHECK_LINE(zoneout_mean(x, y, 0.5));
  CHECK_LINE(transpose(x));
  CHECK_LINE(reverse(x, 0));
  CHECK_LINE(concat({x, y}, 0));
  CHECK_LINE(stack(std::array{x, y}));
  CHECK_LINE(broadcast(x, {3, 2, 2}));
  CHECK_LINE(map([](auto a) { return a * a; }, x));
  CHECK_LINE(map([](auto a, auto c) { return a * c; }, x, p));
  CHECK_LINE(map(
      "mine", [](auto a, auto c) { return a * c; }, x, y));
  CHECK_LINE(map([](auto a, auto c) { return std::tuple{a, c}; }, x, y)[1]);
}

TEST_CASE("so are ops of sequences", "[call_site]") {
  const std::array<std::size_t, 2> lengths{1, 0}, two{2, 0};
  CHECK_LINE(mean_over_time(reshape(x, {1, 2, 2}), lengths));
  CHECK_LINE(max_over_time(reshape(x, {1, 2, 2}), lengths));
  CHECK_LINE(last_over_time(reshape(x, {1, 2, 2}), lengths));
  CHECK_LINE(softmax_over_time(x, lengths));
  CHECK_LINE(weighted_sum_over_time(reshape(x, {1, 2, 2}), slice(y, 0, 0, 1), lengths));
  CHECK_LINE(existing_steps(x, two));
  CHECK_LINE(padded_steps(x, 2, 2, two));
}

TEST_CASE("so are leaves, and nodes that a user's op records", "[call_site]") {
  Tape tape;
  CHECK(line_of(tape.input(Tensor<>({1}))) == __LINE__);
  tape.clear();
  CHECK(line_of(tape.constant(Tensor<>({1}))) == __LINE__);
  tape.clear();
  CHECK(line_of(tape.zeros({1})) == __LINE__);
  tape.clear();
  CHECK(line_of(tape.record("mine", {1}, {})) == __LINE__);
}

TEST_CASE("a template is reported with its own lines, for each scalar", "[call_site]") {
  const auto line_in = []<class Scalar>(Scalar number) {
    const Parameter<Scalar> weight(Tensor<Scalar>({2, 2}, number));
    return line_of_op<Scalar>([&](auto x, auto) { return in_a_template(x, weight); });
  };
  CHECK(line_in(0.5f) == template_begins + 2);
  CHECK(line_in(0.5) == template_begins + 2);
}

TEST_CASE("an op that throws leaves no line behind", "[call_site]") {
  Tape tape;
  const auto x = tape.input(Tensor<>({2, 2})), y = tape.input(Tensor<>({3}));
  CHECK_THROWS_AS(x + y, ShapeError);
  CHECK(line_of(tape.record("mine", {1}, {})) == __LINE__);
}
