#pragma once

#include "support/catch.hpp"

#include <string>

/// The message of the `Error` that `action` throws; fails the test when it throws nothing or something else.
template <class Error>
std::string message_of(auto&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  FAIL("no error was thrown");
  return "";
}
