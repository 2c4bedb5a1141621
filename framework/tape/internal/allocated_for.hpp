#pragma once

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/shape.hpp>

#include <string>

namespace unroll::inline v0::detail {

/// allocate(); when it throws, the error says which op asked for the memory, and for which shape.
auto allocated_for(const char* operation, const Shape& shape, auto&& allocate) {
  const auto asked = [&] { return std::string(operation) + ": shape " + to_string(shape) + ": "; };
  try {
    return allocate();
  } catch (const ArgumentError& error) {
    throw ArgumentError(asked() + error.what());
  } catch (const Error& error) {
    throw Error(asked() + error.what());
  }
}

}  // namespace unroll::inline v0::detail
