#pragma once

#include <unroll/framework/error.hpp>
#include <unroll/framework/shape.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

/// allocate(); when it throws, the error says which op asked for the memory, and for which shape.
auto allocated_for(const char* operation, const Shape& shape, auto&& allocate) {
  try {
    return allocate();
  } catch (const ArgumentError& error) {
    throw ArgumentError(fmt::format("{}: shape {}: {}", operation, to_string(shape), error.what()));
  } catch (const Error& error) {
    throw Error(fmt::format("{}: shape {}: {}", operation, to_string(shape), error.what()));
  }
}

}  // namespace unroll::inline v0::detail
