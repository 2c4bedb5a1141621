#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/memory/arena.hpp>
#include <unroll/ops/product.hpp>
#include <unroll/ops/products/product_kernel.hpp>
#include <unroll/ops/products/unpacked_product.hpp>

#include <cblas.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

// Only OpenBLAS has these functions; weak symbols let the library link with another BLAS.
extern "C" void openblas_set_num_threads(int threads) __attribute__((weak));
extern "C" int openblas_get_num_threads() __attribute__((weak));

namespace unroll::inline v0 {

namespace {

// The two precisions of BLAS under one name.
void gemm(CBLAS_TRANSPOSE left, CBLAS_TRANSPOSE right, int m, int n, int k, const float* a, int lda, const float* b,
          int ldb, float beta, float* c) {
  cblas_sgemm(CblasRowMajor, left, right, m, n, k, 1, a, lda, b, ldb, beta, c, n);
}
void gemm(CBLAS_TRANSPOSE left, CBLAS_TRANSPOSE right, int m, int n, int k, const double* a, int lda, const double* b,
          int ldb, double beta, double* c) {
  cblas_dgemm(CblasRowMajor, left, right, m, n, k, 1, a, lda, b, ldb, beta, c, n);
}
void gemv(CBLAS_TRANSPOSE order, int rows, int columns, const float* a, const float* x, float beta, float* y) {
  cblas_sgemv(CblasRowMajor, order, rows, columns, 1, a, columns, x, 1, beta, y, 1);
}
void gemv(CBLAS_TRANSPOSE order, int rows, int columns, const double* a, const double* x, double beta, double* y) {
  cblas_dgemv(CblasRowMajor, order, rows, columns, 1, a, columns, x, 1, beta, y, 1);
}
void ger(int rows, int columns, const float* x, const float* y, float* a) {
  cblas_sger(CblasRowMajor, rows, columns, 1, x, 1, y, 1, a, columns);
}
void ger(int rows, int columns, const double* x, const double* y, double* a) {
  cblas_dger(CblasRowMajor, rows, columns, 1, x, 1, y, 1, a, columns);
}

#if defined(__FMA__) || defined(__AVX512F__) || defined(__ARM_FEATURE_FMA)
constexpr bool fused_multiply_add = true;
#else
constexpr bool fused_multiply_add = false;
#endif

int to_int(std::size_t size) {
  if (size > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw ArgumentError(fmt::format("product: an extent of {} given, but a BLAS counts to 2147483647", size));
  return static_cast<int>(size);
}

/// Rows and columns of an operand after transposition.
template <class Scalar>
std::pair<std::size_t, std::size_t> extents(const Matrix<Scalar>& matrix) {
  return matrix.transposed ? std::pair{matrix.columns, matrix.rows} : std::pair{matrix.rows, matrix.columns};
}

struct Sizes {
  std::size_t rows, columns, inner;
};

template <class Scalar>
void multiply_by_blas(const Matrix<Scalar>& left, const Matrix<Scalar>& right, const Sizes& sizes, Scalar* result,
                      bool accumulate) {
  const int m = to_int(sizes.rows), n = to_int(sizes.columns), k = to_int(sizes.inner);
  const Scalar beta = accumulate ? Scalar{1} : Scalar{0};
  if (m == 1) {
    // One row: OpenBLAS' general product packs the whole matrix for it past m n k = 10^6, four times slower.
    gemv(right.transposed ? CblasNoTrans : CblasTrans, to_int(right.rows), to_int(right.columns), right.data, left.data,
         beta, result);
  } else if (k == 1) {
    // The outer product of a weight's gradient at batch 1.
    if (!accumulate) std::fill_n(result, sizes.rows * sizes.columns, Scalar{0});
    ger(m, n, left.data, right.data, result);
  } else {
    gemm(left.transposed ? CblasTrans : CblasNoTrans, right.transposed ? CblasTrans : CblasNoTrans, m, n, k, left.data,
         to_int(left.columns), right.data, to_int(right.columns), beta, result);
  }
}

/// Several threads of BLAS outrun the one of the kernel, unless there is little to split among them.
bool left_to_threads(std::size_t rows) {
  return rows > 64 && openblas_get_num_threads != nullptr && openblas_get_num_threads() > 1;
}

// Measurement decides which products the kernel takes. GFLOP/s in float of one Zen 4 core, whose peak is 117;
// OpenBLAS 0.3.21, oneDNN 2.6.3's sgemm, the kernel when it packs for one product, and with a packed weight:
//
//     rows x columns x inner           OpenBLAS  oneDNN  packing  packed
//     one step      1 x 1024 x  256 ᵀ     38       41       9       44
//                  16 x 1024 x  256 ᵀ     65       73      60      111
//                  32 x 1024 x  256 ᵀ     75       85      88      113
//                  64 x 1024 x  256 ᵀ     94      102      92      116
//     and back      1 x  256 x 1024       50       45      16       48
//                  16 x  256 x 1024       73      113      85      116
//                  32 x  256 x 1024       91      113     101      116
//     all steps  1600 x 1024 x  256 ᵀ     93      110     107      109
//                1600 x  256 x 1024       96      109     110      109
//     weight's   1024 x  256 x   32 rows  98       97     101
//     gradient   1024 x  256 x  256 rows 103      102     104
//
// oneDNN wins nowhere by enough to be worth a dependency. Our own kernels take all products, since the speed of a BLAS
// depends on whether it knows the CPU: Debian's OpenBLAS falls back to SSE3 on one that is newer than it, and is then a
// third as fast at one row. Two kinds of product go to the BLAS: all of them in a build without fused multiply-adds,
// which OpenBLAS looks for when the program starts; and those that several threads may split, since the kernels use
// one thread. The kernels multiply a few rows with the matrix where it lies (unpacked_product.hpp), and pack it for
// more.
bool is_for_blas(std::size_t batch_rows) { return !fused_multiply_add || left_to_threads(batch_rows); }

/// How many rows of the batch a product goes over: its rows, or the inner axis when it is the gradient of a weight,
/// whose own size does not tell how much work there is to split.
template <class Scalar>
std::size_t batch_rows(const Matrix<Scalar>& left, const Sizes& sizes) {
  return left.transposed ? sizes.inner : sizes.rows;
}

/// Working memory that a thread keeps from call to call: a product in a training step must not allocate.
template <class Scalar>
class Scratch {
 public:
  Scratch() : before_(arena().position()) {}
  ~Scratch() { arena().go_back(before_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  Scalar* numbers(std::size_t count) { return static_cast<Scalar*>(arena().allocate(count * sizeof(Scalar))); }

 private:
  static Arena& arena() {
    thread_local Arena memory;
    return memory;
  }

  Arena::Position before_;
};

/// Packs and multiplies the right block by block: a packed block is still in a near cache when the kernel reads it.
template <class Scalar>
void multiply_packing(const Matrix<Scalar>& left, const Matrix<Scalar>& right, const Sizes& sizes, Scalar* result,
                      bool accumulate) {
  using Limit = detail::Blocking<Scalar>;
  const detail::Ranges depths(sizes.inner, Limit::depth), widths(sizes.columns, Limit::width);
  Scratch<Scalar> scratch;
  Scalar* const near = scratch.numbers(detail::near_size<Scalar>);
  Scalar* const panels = scratch.numbers(detail::largest_block<Scalar>(sizes.inner, sizes.columns));
  for (std::size_t w = 0; w < widths.count; ++w)
    for (std::size_t d = 0; d < depths.count; ++d) {
      const detail::Range width = widths[w], inner = depths[d];
      detail::pack_panels(detail::walk(right).at(inner.first, width.first), inner.size, width.size, panels);
      detail::multiply(detail::walk(left).at(0, inner.first), sizes.rows,
                       PackedMatrix<Scalar>{inner.size, width.size, panels},
                       {result + width.first, sizes.columns, width.size, accumulate || d > 0}, near);
    }
}

template <class Scalar>
void multiply_few_rows(const Matrix<Scalar>& left, const Matrix<Scalar>& right, const Sizes& sizes, Scalar* result,
                       bool accumulate) {
  Scratch<Scalar> scratch;
  Scalar* const near = scratch.numbers(detail::near_size<Scalar>);
  detail::multiply_unpacked(detail::walk(left), sizes.rows, detail::walk(right), sizes.inner,
                            {result, sizes.columns, sizes.columns, accumulate}, near);
}

}  // namespace

template <class Scalar>
void product(const Matrix<Scalar>& left, const Matrix<Scalar>& right, Scalar* result, Write write) {
  const bool accumulate = write == Write::add;
  const Sizes sizes{extents(left).first, extents(right).second, extents(right).first};
  if (sizes.rows == 0 || sizes.columns == 0) return;
  if (sizes.inner == 0) {
    if (!accumulate) std::fill_n(result, sizes.rows * sizes.columns, Scalar{0});
  } else if (is_for_blas(batch_rows(left, sizes))) {
    multiply_by_blas(left, right, sizes, result, accumulate);
  } else if (sizes.rows <= detail::few_rows) {
    multiply_few_rows(left, right, sizes, result, accumulate);
  } else {
    multiply_packing(left, right, sizes, result, accumulate);
  }
}

template <class Scalar>
std::size_t packed_size(const Matrix<Scalar>& right) {
  const auto [inner, columns] = extents(right);
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max(), lanes = detail::Tile<Scalar>::lanes;
  if (columns > most - lanes || (inner > 0 && columns + lanes > most / inner))
    throw ArgumentError(
        fmt::format("packed_size: a matrix of {} by {} has more numbers than can be counted (was a size "
                    "computed as -1?)",
                    inner, columns));
  return detail::packed_size<Scalar>(inner, columns);
}

template <class Scalar>
PackedMatrix<Scalar> pack(const Matrix<Scalar>& right, Scalar* to) {
  const auto [inner, columns] = extents(right);
  detail::pack_panels(detail::walk(right), inner, columns, to);
  return {inner, columns, to};
}

bool packing_pays(const WeightUse& use) {
  return fused_multiply_add && (use.rows > 1 || use.transposed || use.for_good) && !left_to_threads(use.rows);
}

template <class Scalar>
void product(const Matrix<Scalar>& left, const PackedMatrix<Scalar>& right, Scalar* result, Write write) {
  const bool accumulate = write == Write::add;
  const std::size_t rows = extents(left).first;
  if (rows == 0 || right.columns == 0) return;
  if (right.inner == 0 && !accumulate) std::fill_n(result, rows * right.columns, Scalar{0});
  Scratch<Scalar> scratch;
  detail::multiply(detail::walk(left), rows, right, {result, right.columns, right.columns, accumulate},
                   scratch.numbers(detail::near_size<Scalar>));
}

template <class Scalar>
void product_as_packed(const Matrix<Scalar>& left, const Matrix<Scalar>& right, Scalar* result, Write write) {
  const Sizes sizes{extents(left).first, extents(right).second, extents(right).first};
  if (sizes.rows == 0 || sizes.columns == 0 || sizes.inner == 0) return product(left, right, result, write);
  const bool accumulate = write == Write::add;
  if (fused_multiply_add && sizes.rows <= detail::few_rows)
    multiply_few_rows(left, right, sizes, result, accumulate);
  else
    multiply_packing(left, right, sizes, result, accumulate);
}

template <class Scalar>
void product(const RowPairs<Scalar>& rows, Scalar* result, Write write) {
  const Sizes sizes{rows.left_width, rows.right_width, rows.left.size()};
  if (sizes.rows == 0 || sizes.columns == 0) return;
  Scratch<Scalar> scratch;
  if (sizes.inner > 0 && !is_for_blas(sizes.inner)) {
    Scalar* const near = scratch.numbers(detail::near_size<Scalar>);
    Scalar* const panels = scratch.numbers(detail::largest_block<Scalar>(sizes.inner, sizes.columns));
    detail::multiply_rows(rows.left.data(), rows.right.data(), sizes.inner, sizes.rows,
                          {result, sizes.columns, sizes.columns, write == Write::add}, near, panels);
    return;
  }
  const auto together = [&](std::span<const Scalar* const> from, std::size_t width) {
    Scalar* const copy = scratch.numbers(from.size() * width);
    for (std::size_t k = 0; k < from.size(); ++k) std::copy_n(from[k], width, copy + k * width);
    return copy;
  };
  product<Scalar>(
      {.data = together(rows.left, sizes.rows), .rows = sizes.inner, .columns = sizes.rows, .transposed = true},
      {together(rows.right, sizes.columns), sizes.inner, sizes.columns}, result, write);
}

void set_product_threads(int threads) {
  if (threads < 1) throw ArgumentError(fmt::format("set_product_threads: {} given, expected at least 1", threads));
  if (openblas_set_num_threads != nullptr) openblas_set_num_threads(threads);
}

#define UNROLL_INSTANTIATE(Scalar)                                                               \
  template void product(const Matrix<Scalar>&, const Matrix<Scalar>&, Scalar*, Write);           \
  template void product(const Matrix<Scalar>&, const PackedMatrix<Scalar>&, Scalar*, Write);     \
  template void product_as_packed(const Matrix<Scalar>&, const Matrix<Scalar>&, Scalar*, Write); \
  template void product(const RowPairs<Scalar>&, Scalar*, Write);                                \
  template std::size_t packed_size(const Matrix<Scalar>&);                                       \
  template PackedMatrix<Scalar> pack(const Matrix<Scalar>&, Scalar*);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0
