// Called with what instruction_set() should be, returns 0 when that library was loaded and calls its own product
// kernel, not this program's.
#include <unroll/ops/instruction_set.hpp>
#include <unroll/ops/kernels/lanes.hpp>
#include <unroll/ops/product.hpp>
#include <unroll/ops/products/product_kernel.hpp>

#include <array>
#include <cstdio>
#include <string_view>
#include <vector>

namespace {

bool called = false;

}  // namespace

namespace unroll::inline v0::detail {

// In place of the copy that a program has when it includes the header.
template <>
void multiply(const Walk<float>&, std::size_t, const PackedMatrix<float>&, const Block<float>&, float*) {
  called = true;
}

}  // namespace unroll::inline v0::detail

int main(int argc, char** argv) {
  const std::string_view expected = argc > 1 ? argv[1] : "", loaded = unroll::instruction_set();
  const std::array numbers{1.f, 2.f, 3.f, 4.f};
  const unroll::Matrix<float> matrix{numbers.data(), 2, 2};
  std::vector<float> panels(unroll::packed_size(matrix)), square(4);
  unroll::product(matrix, unroll::pack(matrix, panels.data()), square.data(), unroll::Write::over);
  std::printf("loaded: %s, expected: %s; the kernel called is %s\n", loaded.data(), expected.data(),
              called ? "this program's" : "the library's");
  return loaded == expected && !called && square == std::vector<float>{7, 10, 15, 22} ? 0 : 1;
}
