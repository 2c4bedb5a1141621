#include "support/catch.hpp"
#include <unroll/framework/tensor/tensor.hpp>

#include <cstdint>
#include <set>
#include <vector>

using namespace unroll;

namespace {
std::size_t location(const void* data, std::size_t within) { return reinterpret_cast<std::uintptr_t>(data) % within; }
}  // namespace

TEST_CASE("numbers of a tensor begin at a cache line, however many there are") {
  for (const std::size_t count : {1u, 3u, 15u, 16u, 17u, 1000u, 4095u, 4096u, 5000u, 65536u, 1000003u}) {
    const Tensor<float> single(Shape{count});
    const Tensor<double> copied = cast<double>(single);
    CHECK(location(single.data(), detail::cache_line) == 0);
    CHECK(location(copied.data(), detail::cache_line) == 0);
  }
}

TEST_CASE("large tensors that are made one after the other begin at different lines of their pages") {
  for (const std::size_t count : {std::size_t{1} << 12, std::size_t{1} << 14, std::size_t{1} << 16,
                                  std::size_t{1} << 18, std::size_t{1} << 20, std::size_t{66560}}) {
    std::vector<Tensor<float>> arrays;
    std::set<std::size_t> lines;
    for (int i = 0; i < 8; ++i) lines.insert(location(arrays.emplace_back(Shape{count}).data(), detail::page));
    INFO(count << " numbers");
    CHECK(lines.size() >= 6);  // of 64 lines, two arrays may meet in one
  }
}

TEST_CASE("a tensor that grows and shrinks across the size of a large array keeps its numbers") {
  Tensor<double> tensor(Shape{2}, 1.0);
  for (const std::size_t count : {10u, 2047u, 2048u, 2049u, 100000u, 5u, 3000u}) {
    const Tensor<double> other(Shape{count}, static_cast<double>(count));
    tensor.assign(other);
    CHECK(tensor == other);
    Tensor<double> moved = std::move(tensor);
    tensor = moved;
    CHECK(tensor == other);
  }
}
