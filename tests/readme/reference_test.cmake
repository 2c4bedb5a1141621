# The filters through which Doxygen reads headers and pages: what they make of each habit, with no line more or less.
cmake_minimum_required(VERSION 3.25)
set(folder "${CMAKE_CURRENT_BINARY_DIR}/reference_filters")

function(expect_filtered filter name text expected)
  file(WRITE "${folder}/${name}" "${text}")
  execute_process(COMMAND awk -v "root=${folder}/" -f "${CMAKE_CURRENT_LIST_DIR}/../../cmake/${filter}" "${folder}/${name}"
    OUTPUT_VARIABLE got COMMAND_ERROR_IS_FATAL ANY)
  file(REMOVE_RECURSE "${folder}")
  if(NOT got STREQUAL expected)
    message(SEND_ERROR "${filter} made of\n${text}\nthis:\n${got}\nexpected:\n${expected}")
  endif()
endfunction()

function(expect_header text expected)
  expect_filtered(reference_filter.awk "x.hpp" "${text}" "${expected}")
endfunction()

expect_header("#pragma once\n\n#include <a>\n\n/// About the file.\nnamespace unroll::inline v0 {\n\n/// One.\nstruct A {};\n\n}\n"
  "#pragma once\n/** @file */\n#include <a>\n/// @file\n/// About the file.\nnamespace unroll {\n\n/// One.\nstruct A {};\n\n}\n")
# Overloads, in their own scope.
expect_header("/// One.\nint f(int x);\nint f(long x);\nint g();\n\ntemplate <class T>\nint f(T x);\n"
  "/// One.\nint f(int x);\n/** One. */ int f(long x);\nint g();\n\n/** One. */ template <class T>\nint f(T x);\n")
expect_header("struct A {\n  /// One.\n  int f(int x) { return x; }\n  int f() {\n    return 1;\n  }\n};\nstruct B {\n  int f(int x);\n};\n"
  "struct A {\n  /// One.\n  int f(int x) { return x; }\n/** One. */   int f() {\n    return 1;\n  }\n};\nstruct B {\n  int f(int x);\n};\n")
expect_header("/// One,\n/// two.\nint f(int x);\nint f();\n" "/// One,\n/// two.\nint f(int x);\n/** One, \\ilinebr two. */ int f();\n")
# Groups are Doxygen's.
expect_header("/// One.\n/// @{\nint f(int x);\nint f();\n/// @}\n" "/// One.\n/// @{\nint f(int x);\nint f();\n/// @}\n")
# Comments behind declarations, but not in functions.
expect_header("struct A {\n  int rows;  // of both\n  int f() {\n    int x = 1;  // why\n    return x;\n  }\n};\n"
  "struct A {\n/** of both */   int rows;  // of both\n  int f() {\n    int x = 1;  // why\n    return x;\n  }\n};\n")
expect_header("enum class Kind {\n  one,  // first\n  two,\n};\n" "enum class Kind {\n/** first */   one,  // first\n  two,\n};\n")
# What a concept asks for.
expect_header("struct A {\n  static void members(auto& self, auto&& visit) {}\n};\n"
  "struct A {\n/** Names its parameters and parts: see Module. */   static void members(auto& self, auto&& visit) {}\n};\n")
expect_header("/// Of <cmath>, by Ba et al. 2016.\nint f();\n" "/// Of \\<cmath\\>, by Ba et al.\\ 2016.\nint f();\n")
# Code in a docstring stays.
expect_header("///     f<int>(1);  // Ba et al. 2016\nint f();\n" "///     f<int>(1);  // Ba et al. 2016\nint f();\n")

function(expect_page name text expected)
  expect_filtered(reference_pages.awk "${name}" "${text}" "${expected}")
endfunction()

expect_page(models/README.md "# models: all\n\n## A cell\n[a](#a-cell) [b](../ops/README.md#an-op) [c](../ops/README.md)\n"
  "# models: all\n\n## A cell {#models_README_a-cell}\n[a](@ref models_README_a-cell) [b](@ref ops_README_an-op) [c](../ops/README.md)\n")
expect_page(models/README.md "[<unroll/ops.hpp>](../ops/ops.hpp) [cells/](cells) [x](https://example.org#x) [y](../examples/a.cpp)\n"
  "[\\<unroll/ops.hpp\\>](@ref ops/ops.hpp) cells/ [x](https://example.org#x) y\n")
expect_page(README.md "```cpp\n[a](b)\n# c\n```\n    [a](b)\n" "```cpp\n[a](b)\n# c\n```\n    [a](b)\n")
