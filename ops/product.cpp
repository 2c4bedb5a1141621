#include <unroll/ops/product.hpp>

#include <cblas.h>

#include <algorithm>

// Only OpenBLAS has it; another BLAS links without.
extern "C" void openblas_set_num_threads(int threads) __attribute__((weak));

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

int to_int(std::size_t size) { return static_cast<int>(size); }

}  // namespace

template <class Scalar>
void product(const Matrix<Scalar>& left, const Matrix<Scalar>& right, Scalar* result, bool accumulate) {
  const std::size_t m = left.transposed ? left.columns : left.rows, k = left.transposed ? left.rows : left.columns;
  const std::size_t n = right.transposed ? right.rows : right.columns;
  if (m == 0 || n == 0) return;
  if (k == 0) {
    if (!accumulate) std::fill_n(result, m * n, Scalar{0});
    return;
  }
  const Scalar beta = accumulate ? Scalar{1} : Scalar{0};
  if (m == 1) {
    // One row: OpenBLAS' general product packs the whole matrix for it past m n k = 10^6, four times slower.
    gemv(right.transposed ? CblasNoTrans : CblasTrans, to_int(right.rows), to_int(right.columns), right.data, left.data,
         beta, result);
  } else if (k == 1) {
    // The outer product of a weight's gradient at batch 1.
    if (!accumulate) std::fill_n(result, m * n, Scalar{0});
    ger(to_int(m), to_int(n), left.data, right.data, result);
  } else {
    gemm(left.transposed ? CblasTrans : CblasNoTrans, right.transposed ? CblasTrans : CblasNoTrans, to_int(m),
         to_int(n), to_int(k), left.data, to_int(left.columns), right.data, to_int(right.columns), beta, result);
  }
}

void set_product_threads(int threads) {
  if (openblas_set_num_threads != nullptr) openblas_set_num_threads(threads);
}

template void product(const Matrix<float>&, const Matrix<float>&, float*, bool);
template void product(const Matrix<double>&, const Matrix<double>&, double*, bool);

}  // namespace unroll::inline v0
