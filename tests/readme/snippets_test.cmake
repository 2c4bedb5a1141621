# Gives snippets.cmake small READMEs, and expects each offence to be named.
cmake_minimum_required(VERSION 3.25)
set(tree "${CMAKE_CURRENT_BINARY_DIR}/snippets_tree")
set(source "#include <vector>\nint main() {\n  int numbers[] = {1, 2};\n\n  if (numbers[0]) return 0;\n}\n")

# expect(<line above the block> <snippet> <words>): "" expects no complaint.
function(expect above snippet words)
  file(REMOVE_RECURSE "${tree}")
  file(WRITE "${tree}/examples/a.cpp" "${source}")
  file(WRITE "${tree}/README.md" "# Title\n\n${above}\n```cpp\n${snippet}\n```\n\nMore text.\n")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -D "SOURCE=${tree}" -D "README=${tree}/README.md"
      -P "${CMAKE_CURRENT_LIST_DIR}/snippets.cmake"
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE text)
  file(REMOVE_RECURSE "${tree}")
  string(FIND "${text}" "${words}" position)
  if(words STREQUAL "" AND NOT (result EQUAL 0 AND output MATCHES "1 snippets checked"))
    message(SEND_ERROR "refused: ${above}\n${snippet}\n${text}")
  elseif(NOT words STREQUAL "" AND (result EQUAL 0 OR position EQUAL -1))
    message(SEND_ERROR "expected '${words}' for: ${above}\n${snippet}\ngot: ${text}")
  endif()
endfunction()

set(above "<!-- file: examples/a.cpp -->")
expect("${above}" "int numbers[] = {1, 2};\n\nif (numbers[0]) return 0;" "")
expect("${above}" "int numbers[] = {1, 3};" "does not hold this snippet")
expect("${above}" "numbers[] = {1, 2};" "does not hold this snippet")
expect("" "int main() {" "right above this snippet")
expect("<!-- file: examples/b.cpp -->" "int main() {" "does not exist")
expect("<!-- file: examples/a.txt -->" "int main() {" "right above this snippet")
