#pragma once

#include <stdexcept>

/// The errors of unroll. Every message names the operation, what was given, what was expected and a likely cause.
namespace unroll::inline v0 {

/// The base of all errors that unroll throws.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The shapes given to an operation do not fit each other.
struct ShapeError : Error {
  using Error::Error;
};

/// A tape or a Variable is used in a way that has no meaning: stale, foreign, swept twice.
struct TapeError : Error {
  using Error::Error;
};

/// A value is outside the range that an operation accepts.
struct ArgumentError : Error {
  using Error::Error;
};

/// The operating system refuses to open, read or write something.
struct IoError : Error {
  using Error::Error;
};

/// A file can be read, but is not what it should be.
struct FileError : Error {
  using Error::Error;
};

/// A number that must be finite is not.
struct NumericalError : Error {
  using Error::Error;
};

}  // namespace unroll::inline v0
