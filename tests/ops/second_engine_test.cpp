#include "ops/op_table.hpp"

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

/// Every op by three ways that share no derivative: backward on doubles, values on duals, central differences; and
/// backward on duals against differences of backward on doubles.
using namespace unroll;
using namespace unroll::testing;

namespace {

constexpr double step = 6.06e-6;  // the cube root of the machine's epsilon

using Tensors = std::vector<Tensor<double>>;

Tensors like(const Tensors& tensors, std::uint64_t seed) {
  Tensors result;
  for (const auto& tensor : tensors)
    result.push_back(normal<double>(Random(seed).split(result.size()), tensor.shape()));
  return result;
}
double inner(const Tensors& a, const Tensors& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k)
    for (std::size_t i = 0; i < a[k].size(); ++i) sum += a[k][i] * b[k][i];
  return sum;
}
Tensors moved(Tensors from, const Tensors& direction, double distance) {
  for (std::size_t k = 0; k < from.size(); ++k)
    for (std::size_t i = 0; i < from[k].size(); ++i) from[k][i] += distance * direction[k][i];
  return from;
}

Tensors values(const OpUse& op, const Tensors& inputs) {
  Tape<double> tape;
  return {Tensor<double>(op.plain(detail::on_tape(tape, inputs)).value())};
}

/// What backward finds for the inputs, given a cotangent, and on duals its derivative.
template <class Scalar, class Function>
std::vector<Tensor<Scalar>> gradients(const Function& function, const std::vector<Tensor<Scalar>>& inputs,
                                      const Tensor<double>& cotangent) {
  Tape<Scalar> tape;
  const auto variables = detail::on_tape(tape, inputs);
  const auto output = function(variables);
  const auto cast_cotangent = cast<Scalar>(cotangent);
  tape.backward({{output, cast_cotangent.view()}});
  std::vector<Tensor<Scalar>> found;
  for (const auto& variable : variables) found.emplace_back(variable.gradient());
  return found;
}

/// |a - b| <= absolute + relative * the larger, for every number.
void expect_close(const Tensors& a, const Tensors& b, double relative, double absolute) {
  REQUIRE(a.size() == b.size());
  for (std::size_t k = 0; k < a.size(); ++k) {
    REQUIRE(a[k].shape() == b[k].shape());
    for (std::size_t i = 0; i < a[k].size(); ++i) {
      CAPTURE(k, i, a[k][i], b[k][i]);
      CHECK(std::abs(a[k][i] - b[k][i]) <= absolute + relative * std::max(std::abs(a[k][i]), std::abs(b[k][i])));
    }
  }
}

}  // namespace

TEST_CASE("reverse mode, forward mode and central differences agree on every op", "[ops][second engine]") {
  for (const OpUse& op : all_ops()) {
    INFO(op.name);
    const Tensors direction = like(op.inputs, 100);
    const auto [value, tangent] = jvp([&](auto&, auto in) { return op.dual(in); }, op.inputs, direction);
    expect_close({value}, values(op, op.inputs), 1e-14, 1e-14);

    const Tensors cotangent = like({value}, 101);
    const double by_reverse = inner(gradients<double>(op.plain, op.inputs, cotangent[0]), direction);
    CHECK(inner(cotangent, {tangent}) == Approx(by_reverse).epsilon(1e-12).margin(1e-13));

    const Tensors above = values(op, moved(op.inputs, direction, step)),
                  below = values(op, moved(op.inputs, direction, -step));
    Tensors difference = moved(above, below, -1);
    for (double& number : difference[0]) number /= 2 * step;
    expect_close({tangent}, difference, 1e-6, 1e-8);
  }
}

TEST_CASE("forward over reverse agrees with differences of gradients on every op", "[ops][second engine]") {
  for (const OpUse& op : all_ops()) {
    INFO(op.name);
    const Tensors direction = like(op.inputs, 200), cotangent = like(values(op, op.inputs), 201);
    Tensors gradient, product;
    for (const auto& duals : gradients<DualNumber>(op.dual, detail::join(op.inputs, direction), cotangent[0])) {
      auto [value, tangent] = separate(duals);
      gradient.push_back(value), product.push_back(tangent);
    }
    expect_close(gradient, gradients<double>(op.plain, op.inputs, cotangent[0]), 1e-12, 1e-13);

    const Tensors above = gradients<double>(op.plain, moved(op.inputs, direction, step), cotangent[0]),
                  below = gradients<double>(op.plain, moved(op.inputs, direction, -step), cotangent[0]);
    Tensors difference = moved(above, below, -1);
    for (auto& tensor : difference)
      for (double& number : tensor) number /= 2 * step;
    expect_close(product, difference, 1e-6, 1e-8);
  }
}

namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file);
  return (std::stringstream() << file.rdbuf()).str();
}

/// The functions that a header declares and that return Variables.
std::set<std::string> ops_in(const std::string& header) {
  static const std::regex declaration(
      R"(\n(?:Variable<Scalar>|auto|std::\w+<Variable<Scalar>(?:, K)?>) (operator.|\w+)\()");
  std::string text = text_of(header);
  for (std::size_t first; (first = text.find("namespace detail {")) != std::string::npos;)
    text.erase(first, text.find("}  // namespace detail") - first);
  std::set<std::string> names;
  for (std::sregex_iterator found(text.begin(), text.end(), declaration), end; found != end; ++found)
    names.insert((*found)[1]);
  return names;
}

}  // namespace

TEST_CASE("every op that a public header declares has a line in the table", "[ops][second engine]") {
  std::set<std::string> known;
  for (const OpUse& op : all_ops()) known.insert(op.name);

  const std::string root = UNROLL_TEST_DATA "/../", all = text_of(root + "ops/ops.hpp");
  static const std::regex include(R"(<unroll/(ops/\w+\.hpp)>)");
  std::set<std::string> declared;
  for (std::sregex_iterator header(all.begin(), all.end(), include), end; header != end; ++header) {
    const std::string file = (*header)[1];
    const auto ops = ops_in(root + file);
    CAPTURE(file);
    const bool has_none =  // indices; symbols; a name; choices; plain matrices
        file == "ops/largest.hpp" || file == "ops/ctc_beam.hpp" || file == "ops/ctc_decoding.hpp"
        || file == "ops/instruction_set.hpp" || file == "ops/sampling.hpp" || file == "ops/product.hpp";
    CHECK(ops.empty() == has_none);
    for (const std::string& name : ops) {
      INFO(name << " is not in tests/ops/op_table.hpp");
      CHECK(known.contains(name));
      declared.insert(name);
    }
  }
  CHECK(declared.size() >= 50);  // or the search has lost them
}
