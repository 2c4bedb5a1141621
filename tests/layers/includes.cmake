# Reads the #include lines of every file in SOURCE and fails with a list of those that break a rule: arrows between
# layers, arrows between the rooms of a layer, rooms that are closed to other layers, and what public headers must not
# hold.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/rooms.cmake")

# Expression templates and formatting are heavy: they stay in sources, but for the one header that is xtensor's edge.
set(heavy "^(xtensor|xtensor-blas|fmt|nlohmann|catch2)/|^cblas\\.h$")
set(edge "framework/tensor/xtensor.hpp")

set(offenses "")

# Appends "<file>: <line> (<reason>)" to the offenses.
macro(offend reason)
  list(APPEND offenses "${file}: ${line} (${reason})")
endmacro()

# An include of our own by a file of a layer: of which layer and which room it is, and whether it may be.
macro(judge_own_include)
  room_of("${file}" room)
  room_of("${included}" included_room)
  list(JOIN may_include_${layer} " and " allowed)
  if(NOT included_layer IN_LIST may_include_${layer})
    offend("${layer} includes only ${allowed}")
  elseif(NOT layer STREQUAL included_layer)
    if(included_room IN_LIST closed_rooms)
      offend("${included_room} is closed to ${layer}")
    endif()
  elseif(NOT DEFINED opens_to_${room} AND NOT room STREQUAL layer)
    offend("${room} is no room that tests/layers/rooms.cmake knows")
  elseif(DEFINED opens_to_${room} AND NOT room STREQUAL included_room
         AND NOT included_room IN_LIST opens_to_${room} AND NOT included IN_LIST opens_to_${room})
    offend("${room} includes only itself and: ${opens_to_${room}}")
  endif()
endmacro()

foreach(layer framework ops models examples)
  file(GLOB_RECURSE files RELATIVE "${SOURCE}" "${SOURCE}/${layer}/*.hpp" "${SOURCE}/${layer}/*.cpp")
  foreach(file IN LISTS files)
    file(STRINGS "${SOURCE}/${file}" lines REGEX "^[ \t]*#")
    foreach(line IN LISTS lines)
      if(line MATCHES "^[ \t]*#[ \t]*define" AND file MATCHES "\\.hpp$")
        offend("a macro in a public header")
      elseif(line MATCHES "^[ \t]*#[ \t]*include[ \t]*\"" AND NOT layer STREQUAL "examples")
        offend("write <unroll/...>")
      elseif(line MATCHES "^[ \t]*#[ \t]*include[ \t]*<([^>]*)>")
        set(included "${CMAKE_MATCH_1}")
        if(included MATCHES "(^|/)\\.\\./" OR included MATCHES "^(framework|ops|models|examples|tests)/")
          offend("write <unroll/...>")
        elseif(included MATCHES "^unroll/(([^/]*)/.*)$")
          set(included "${CMAKE_MATCH_1}")
          set(included_layer "${CMAKE_MATCH_2}")
          judge_own_include()
        elseif(included MATCHES "^unroll/" AND NOT layer STREQUAL "examples" AND NOT file IN_LIST umbrellas)
          offend("name the headers: umbrellas are for users")
        elseif(included MATCHES "${heavy}" AND file MATCHES "\\.hpp$" AND NOT file STREQUAL edge
               AND NOT layer STREQUAL "examples")
          offend("too heavy for a public header")
        endif()
      endif()
    endforeach()
  endforeach()
endforeach()

if(offenses)
  list(JOIN offenses "\n  " offenses)
  message(FATAL_ERROR "includes that break a rule:\n  ${offenses}")
endif()
