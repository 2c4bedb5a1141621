# unroll_blas: a BLAS with the standard C interface (cblas.h). On Debian: libopenblas-dev.
find_package(BLAS REQUIRED)
find_path(UNROLL_CBLAS_INCLUDE_DIR cblas.h PATH_SUFFIXES openblas)
if(NOT UNROLL_CBLAS_INCLUDE_DIR)
  message(FATAL_ERROR "unroll: cblas.h not found; on Debian: apt install libopenblas-dev")
endif()
