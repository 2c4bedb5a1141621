# BLAS::BLAS, and where the standard C interface to it is declared (cblas.h). On Debian: libopenblas-dev.
find_package(BLAS REQUIRED)
find_path(UNROLL_CBLAS_INCLUDE_DIR cblas.h PATH_SUFFIXES openblas)
if(NOT UNROLL_CBLAS_INCLUDE_DIR)
  message(FATAL_ERROR "unroll: cblas.h not found; on Debian: apt install libopenblas-dev")
endif()
mark_as_advanced(UNROLL_CBLAS_INCLUDE_DIR)
