#include "support/catch.hpp"
#include <unroll/ops/product.hpp>
#include <unroll/ops/products/product_kernel.hpp>

// The products themselves are tested against plain loops, at every remainder, in product_test.cpp.
using namespace unroll;

TEST_CASE("things are dealt to as few parts as can be, without gap or overlap, and evenly", "[product-kernel]") {
  for (std::size_t total = 1; total < 70; ++total)
    for (std::size_t largest = 1; largest < 12; ++largest) {
      const detail::Ranges parts(total, largest);
      REQUIRE(parts.count == (total + largest - 1) / largest);
      std::size_t next = 0, smallest = total;
      for (std::size_t i = 0; i < parts.count; ++i) {
        REQUIRE(parts[i].first == next);
        REQUIRE(parts[i].size <= largest);
        REQUIRE(parts[i].size <= parts.largest());
        next += parts[i].size;
        smallest = std::min(smallest, parts[i].size);
      }
      REQUIRE(next == total);
      REQUIRE(parts.largest() - smallest <= 1);
    }
}

TEST_CASE("an operand without numbers, and without memory, begins nowhere at each of its elements",
          "[product-kernel]") {
  for (const bool transposed : {false, true}) {
    const auto nowhere = detail::walk(Matrix<float>{nullptr, 0, 5, transposed});
    CHECK(nowhere.at(0, 3).data == nullptr);
    CHECK(nowhere.at(3, 0).data == nullptr);
  }
}
