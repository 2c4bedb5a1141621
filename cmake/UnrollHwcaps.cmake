# A shared library for every x86-64 that uses the best instructions of the machine it runs on. The build compiles it for
# the baseline, and once more for each level below, into glibc-hwcaps/<level> beside the first one. The loader of glibc
# 2.33 or newer looks there: wherever it would take the first one (a program's run path, LD_LIBRARY_PATH, the system's
# folders), it takes the one of the highest level that the machine has. A program links one library. There is no level
# for SSE4 (x86-64-v2): without fused multiply-adds unroll takes its products from OpenBLAS anyway.
include(CMakeDependentOption)
include(GNUInstallDirs)
set(unroll_levels x86-64-v3 x86-64-v4)  # AVX2 and FMA; AVX-512

cmake_dependent_option(UNROLL_HWCAPS "Build a shared library for several instruction sets; the loader takes the best" ON
  [[BUILD_SHARED_LIBS;NOT UNROLL_NATIVE;CMAKE_SYSTEM_NAME STREQUAL "Linux";CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64"]] OFF)

# Call it after unroll_library: compiles the same sources for one level.
function(unroll_level level)
  set(library unroll_${level})
  add_library(${library} SHARED)
  get_property(layers GLOBAL PROPERTY unroll_layers)
  foreach(layer IN LISTS layers)
    get_target_property(sources unroll_${layer} SOURCES)
    target_sources(${library} PRIVATE ${sources})
  endforeach()
  unroll_compiles_sources(${library})
  unroll_is_library(${library})
  target_include_directories(${library} PRIVATE $<TARGET_PROPERTY:unroll,INCLUDE_DIRECTORIES>)
  target_compile_options(${library} PRIVATE -march=${level})

  set(folder glibc-hwcaps/${level})
  set_target_properties(${library} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "$<TARGET_FILE_DIR:unroll>/${folder}")
  add_dependencies(unroll ${library})
  if(UNROLL_INSTALL)
    install(TARGETS ${library} LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/${folder}" NAMELINK_SKIP)
  endif()
endfunction()
