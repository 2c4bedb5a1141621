# cmake --install: headers, library, CMake package, pkg-config file and license. None has an absolute path, so that a
# user can move the installed tree.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

get_property(layers GLOBAL PROPERTY unroll_layers)
get_property(umbrellas GLOBAL PROPERTY unroll_umbrellas)
install(FILES ${umbrellas} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/unroll")
set(without_mpi PATTERN "mpi" EXCLUDE)
if(UNROLL_MPI)
  set(without_mpi "")
endif()
foreach(layer IN LISTS layers)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${layer}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/unroll"
    FILES_MATCHING PATTERN "*.hpp" ${without_mpi})
endforeach()
set(installed unroll unroll_native)
if(UNROLL_MPI)
  list(APPEND installed unroll_mpi)
endif()
install(TARGETS ${installed} EXPORT unrollTargets)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/unroll")

set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/unroll")
install(EXPORT unrollTargets NAMESPACE unroll:: DESTINATION "${package_folder}")
configure_package_config_file(cmake/unrollConfig.cmake.in "${PROJECT_BINARY_DIR}/unrollConfig.cmake"
  INSTALL_DESTINATION "${package_folder}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/unrollConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/unrollConfig.cmake" "${PROJECT_BINARY_DIR}/unrollConfigVersion.cmake"
  DESTINATION "${package_folder}")

# pkg-config, with paths relative to the file's own folder. A static library does not record the libraries that it
# needs, so the file lists them; a shared one does.
file(RELATIVE_PATH unroll_prefix_from_pc "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" unroll_prefix_from_pc "${unroll_prefix_from_pc}")
set(unroll_pc_requires "xsimd xtensor xtl")
set(unroll_pc_libraries "-lunroll")
if(NOT BUILD_SHARED_LIBS)
  string(APPEND unroll_pc_requires " fmt zlib libcrypto")
  foreach(library IN LISTS BLAS_LINKER_FLAGS BLAS_LIBRARIES)
    if(IS_ABSOLUTE "${library}")
      get_filename_component(library "${library}" NAME)
      string(REGEX REPLACE "^lib([^.]+)\\..*$" "-l\\1" library "${library}")
    endif()
    string(APPEND unroll_pc_libraries " ${library}")
  endforeach()
  string(APPEND unroll_pc_libraries " -pthread")
endif()
configure_file(cmake/unroll.pc.in "${PROJECT_BINARY_DIR}/unroll.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/unroll.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
