# The target `reference`: an HTML reference of the public headers, with the pages as its guide. A public name without a
# docstring is an error. Without Doxygen the target says what to install.
find_package(Doxygen QUIET)
if(DOXYGEN_FOUND)
  configure_file(cmake/Doxyfile.in "${PROJECT_BINARY_DIR}/Doxyfile" @ONLY)
  add_custom_target(reference
    COMMAND ${CMAKE_COMMAND} -E make_directory "${PROJECT_BINARY_DIR}/reference"
    COMMAND Doxygen::doxygen "${PROJECT_BINARY_DIR}/Doxyfile"
    COMMAND ${CMAKE_COMMAND} -E echo "Open ${PROJECT_BINARY_DIR}/reference/html/index.html"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" VERBATIM)
else()
  add_custom_target(reference
    COMMAND ${CMAKE_COMMAND} -E echo "The reference needs Doxygen. Install it (Debian: apt install doxygen), and run cmake again."
    COMMAND ${CMAKE_COMMAND} -E false VERBATIM)
endif()
