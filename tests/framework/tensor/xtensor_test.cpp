#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/xtensor.hpp>

#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/core/xmath.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>
#endif

using namespace unroll;

namespace {
Tensor<double> counting(const Shape& shape) {
  Tensor<double> tensor(shape);
  for (std::size_t i = 0; i < tensor.size(); ++i) tensor[i] = static_cast<double>(i);
  return tensor;
}
template <class Type>
concept SeenAsXtensor = requires(Type&& tensor) {
  as_xtensor(std::forward<Type>(tensor));
};
}  // namespace

TEST_CASE("as_xtensor shows a tensor's own numbers and shape, and writes to them") {
  Tensor<double> tensor = counting({2, 3});
  auto array = as_xtensor(tensor);
  CHECK(array.data() == tensor.data());
  CHECK(Shape({array.shape(0), array.shape(1)}) == tensor.shape());
  CHECK(array(1, 2) == 5);
  array(1, 2) = 50;
  array += 1;
  CHECK(tensor.at({1, 2}) == 51);
  CHECK(tensor.at({0, 0}) == 1);
}

TEST_CASE("as_xtensor of a const tensor or a view shares the numbers and keeps const") {
  const Tensor<float> tensor({2, 2}, {1, 2, 3, 4});
  const auto array = as_xtensor(tensor);
  const auto viewed = as_xtensor(tensor.view());
  CHECK(array.data() == tensor.data());
  CHECK(viewed.data() == tensor.data());
  CHECK(xt::sum(array)() == 10);
  STATIC_REQUIRE(std::is_same_v<decltype(as_xtensor(tensor)(0, 0)), const float&>);
  STATIC_REQUIRE(SeenAsXtensor<const Tensor<float>&>);
  STATIC_REQUIRE_FALSE(SeenAsXtensor<Tensor<float>>);  // a temporary's numbers would dangle
}

TEST_CASE("as_xtensor shows scalars and tensors without elements") {
  const Tensor<float> scalar(Shape{}, 3);
  CHECK(as_xtensor(scalar)() == 3);
  CHECK(as_xtensor(scalar).dimension() == 0);
  const Tensor<float> empty({4, 0});
  CHECK(as_xtensor(empty).size() == 0);
  CHECK(as_xtensor(empty).shape(0) == 4);
}

TEST_CASE("to_tensor evaluates an expression into its own shape and type") {
  const Tensor<double> a = counting({2, 3});
  const Tensor<double> doubled = to_tensor(2. * as_xtensor(a) + 1.);
  REQUIRE(doubled.shape() == a.shape());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(doubled[i] == 2. * a[i] + 1.);

  STATIC_REQUIRE(std::is_same_v<decltype(to_tensor(as_xtensor(a))), Tensor<double>>);
  STATIC_REQUIRE(std::is_same_v<decltype(to_tensor<float>(as_xtensor(a))), Tensor<float>>);
  CHECK(to_tensor<float>(as_xtensor(a)) == cast<float>(a));
  CHECK(to_tensor<float>(as_xtensor(a) > 3.) == Tensor<float>({2, 3}, {0, 0, 0, 0, 1, 1}));
}

TEST_CASE("to_tensor copies: the tensor does not change with what it was made from") {
  Tensor<double> a = counting({3});
  const Tensor<double> copy = to_tensor(as_xtensor(a));
  a[0] = 7;
  CHECK(copy == counting({3}));
}

TEST_CASE("to_tensor evaluates a view, taking only the elements seen") {
  const Tensor<double> a = counting({3, 4});
  const auto array = as_xtensor(a);
  const Tensor<double> part = to_tensor(xt::view(array, xt::range(1, 3), xt::range(0, 4, 2)));
  REQUIRE(part.shape() == Shape({2, 2}));
  for (std::size_t row = 0; row < 2; ++row)
    for (std::size_t column = 0; column < 2; ++column) CHECK(part.at({row, column}) == a.at({row + 1, 2 * column}));
}

TEST_CASE("to_tensor evaluates a broadcast into the shape that the expression has") {
  const Tensor<double> rows = counting({2, 1}), columns = counting({3});
  const Tensor<double> table = to_tensor(10. * as_xtensor(rows) + as_xtensor(columns));
  REQUIRE(table.shape() == Shape({2, 3}));
  for (std::size_t row = 0; row < 2; ++row)
    for (std::size_t column = 0; column < 3; ++column)
      CHECK(table.at({row, column}) == 10. * rows[row] + columns[column]);
}

TEST_CASE("to_tensor writes row-major order, whatever the order of what it reads") {
  const Tensor<double> a = counting({2, 3});
  xt::xarray<double, xt::layout_type::column_major> turned = as_xtensor(a);
  REQUIRE(turned.data()[1] == a.at({1, 0}));
  CHECK(to_tensor(turned) == a);
  const Tensor<double> transposed = to_tensor(xt::transpose(as_xtensor(a)));
  REQUIRE(transposed.shape() == Shape({3, 2}));
  CHECK(transposed.at({2, 1}) == a.at({1, 2}));
}

TEST_CASE("to_tensor of a reduction is a scalar, and of an empty expression is empty") {
  const Tensor<double> a = counting({2, 3});
  const Tensor<double> sum = to_tensor(xt::sum(as_xtensor(a)));
  REQUIRE(sum.shape() == Shape{});
  CHECK(sum[0] == 15);
  CHECK(to_tensor(xt::xarray<float>::from_shape({0, 2})).shape() == Shape({0, 2}));
}

TEST_CASE("to_tensor refuses more axes than a tensor has") {
  const xt::xarray<float> seven = xt::xarray<float>::from_shape({1, 1, 1, 1, 1, 1, 1});
  CHECK_THROWS_AS(to_tensor(seven), ShapeError);
  CHECK_THROWS_WITH(to_tensor(seven), Catch::Contains("7") && Catch::Contains("6"));
}
