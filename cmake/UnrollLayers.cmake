# The layers of unroll: framework <- ops <- models. Each compiles with only its own headers and those of the layers
# before it on its include path, so that an include in the wrong direction fails.
include(GNUInstallDirs)

# unroll::native: the flags for this machine's instructions, and for sums that the compiler does not fuse with products,
# so that its copies of a loop give the same bits. A consumer that compiles cells of its own should link it.
add_library(unroll_native INTERFACE)
target_compile_options(unroll_native INTERFACE -march=native -ffp-contract=off)
add_library(unroll::native ALIAS unroll_native)
set_target_properties(unroll_native PROPERTIES EXPORT_NAME native)

# How unroll's own sources are compiled; never passed on.
add_library(unroll_own_flags INTERFACE)
target_compile_options(unroll_own_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Wextra-semi
  $<$<BOOL:${UNROLL_WARNINGS_AS_ERRORS}>:-Werror>
  -fno-math-errno -fno-trapping-math  # unroll reads neither errno nor traps; NaN and infinity keep their meaning
  -ffp-contract=off  # products and sums are fused where the code says so: the same bits in whole registers and in tails
  # GCC 12's own AVX-512 headers and strings (PR 105593, 105329)
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-uninitialized -Wno-restrict>
  # which is for headers, and warns of what a source has for itself when several are compiled at a time
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wno-subobject-linkage>)
if(UNROLL_NATIVE)
  target_link_libraries(unroll_own_flags INTERFACE unroll_native)
endif()

# Sanitizers change what the linker needs, so every target that links the library gets them too.
if(UNROLL_SANITIZE)
  add_compile_options(-fsanitize=${UNROLL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:Clang>:-fsanitize-ignorelist=${CMAKE_CURRENT_LIST_DIR}/sanitizers_ignore.txt>)
  add_link_options(-fsanitize=${UNROLL_SANITIZE})
endif()

# Settings of each target that compiles unroll's sources.
function(unroll_compiles_sources target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF
    UNITY_BUILD_CODE_AFTER_INCLUDE "#undef UNROLL_INSTANTIATE")  # each source defines its own
  target_include_directories(${target} SYSTEM PRIVATE "${UNROLL_CBLAS_INCLUDE_DIR}")
  target_link_libraries(${target} PUBLIC xsimd xtensor
    PRIVATE unroll_own_flags fmt::fmt nlohmann_json::nlohmann_json ZLIB::ZLIB OpenSSL::Crypto Threads::Threads)
endfunction()

# Settings of each library made of those sources.
function(unroll_is_library target)
  # While the major version is 0, a new minor version may break programs, so it is a new library to the loader.
  set_target_properties(${target} PROPERTIES OUTPUT_NAME unroll LINKER_LANGUAGE CXX POSITION_INDEPENDENT_CODE ON
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_link_libraries(${target} PUBLIC xsimd xtensor PRIVATE fmt::fmt BLAS::BLAS ZLIB::ZLIB OpenSSL::Crypto Threads::Threads)
  # A program has its own copies of the templates and inline functions of our headers, compiled with its own flags, and
  # the loader would make a shared library call those. Functions of Lanes have the instructions in their type, so they
  # are never confused. Others would be slow in a program compiled for fewer instructions, and functions of the product
  # kernel, whose tiles differ in size, could even be mixed. So the library binds its calls to its own functions.
  if(BUILD_SHARED_LIBS AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
    target_link_options(${target} PRIVATE LINKER:-Bsymbolic-functions)
  endif()
endfunction()

# Makes symbolic links to a layer and its umbrella headers in a folder for include paths: <unroll/ops/map.hpp>,
# <unroll/ops.hpp>, and for the last layer <unroll/unroll.hpp>.
function(unroll_link_headers name root)
  file(MAKE_DIRECTORY "${root}/unroll")
  file(CREATE_LINK "${PROJECT_SOURCE_DIR}/${name}" "${root}/unroll/${name}" SYMBOLIC)
  foreach(umbrella ${name} unroll)
    if(EXISTS "${PROJECT_SOURCE_DIR}/${name}/${umbrella}.hpp")
      file(CREATE_LINK "${PROJECT_SOURCE_DIR}/${name}/${umbrella}.hpp" "${root}/unroll/${umbrella}.hpp" SYMBOLIC)
      set_property(GLOBAL APPEND PROPERTY unroll_umbrellas "${PROJECT_SOURCE_DIR}/${name}/${umbrella}.hpp")
    endif()
  endforeach()
endfunction()

# unroll_layer(<name> AFTER <layer>...): all sources of a layer's folder, as an object library.
function(unroll_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "AFTER")
  set(root "${PROJECT_BINARY_DIR}/include/${name}")
  unroll_link_headers(${name} "${root}")

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${name}/*.cpp")
  file(GLOB of_mpi CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${name}/mpi/*.cpp")  # for unroll_mpi_library
  if(of_mpi)
    list(REMOVE_ITEM sources ${of_mpi})
  endif()
  add_library(unroll_${name} OBJECT ${sources})
  unroll_compiles_sources(unroll_${name})
  target_include_directories(unroll_${name} PUBLIC "${root}")
  foreach(before IN LISTS layer_AFTER)
    target_link_libraries(unroll_${name} PUBLIC unroll_${before})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY unroll_layers ${name})
endfunction()

# All layers in one library: unroll::unroll. It has their objects and the include path, so that a program that links it
# needs no other target of the build.
function(unroll_library)
  get_property(layers GLOBAL PROPERTY unroll_layers)
  add_library(unroll)
  add_library(unroll::unroll ALIAS unroll)
  unroll_is_library(unroll)
  target_compile_features(unroll PUBLIC cxx_std_20)
  foreach(layer IN LISTS layers)
    target_sources(unroll PRIVATE $<TARGET_OBJECTS:unroll_${layer}>)
    target_include_directories(unroll PUBLIC $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include/${layer}>)
  endforeach()
  target_include_directories(unroll PUBLIC $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endfunction()

# unroll::mpi, beside the library, which has no trace of MPI.
function(unroll_mpi_library)
  set(MPI_CXX_SKIP_MPICXX ON)  # the C++ interface of MPI 2, which is no more
  find_package(MPI REQUIRED COMPONENTS CXX)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/framework/mpi/*.cpp")
  add_library(unroll_mpi ${sources})
  add_library(unroll::mpi ALIAS unroll_mpi)
  set_target_properties(unroll_mpi PROPERTIES EXPORT_NAME mpi POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_link_libraries(unroll_mpi PUBLIC unroll PRIVATE $<BUILD_INTERFACE:unroll_own_flags> MPI::MPI_CXX)
endfunction()
