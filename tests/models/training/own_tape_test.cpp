#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/training/own_tape.hpp>

#include <utility>

using namespace unroll;

TEST_CASE("a copy of an owner gets a tape of its own, and moving hands the tape over", "[own_tape]") {
  detail::OwnTape<double> own;
  Tape<double>* const tape = &own.cleared();
  const auto number = tape->zeros({1});

  detail::OwnTape<double> copy(own);
  CHECK(&copy.cleared() != tape);
  CHECK(number.value()[0] == 0);  // clearing the copy's tape has left this recording

  const detail::OwnTape<double>& itself = copy;
  Tape<double>* const before = &copy.cleared();
  copy = itself;
  CHECK(&copy.cleared() != before);

  detail::OwnTape<double> moved(std::move(own));
  CHECK(number.value()[0] == 0);
  CHECK(&moved.cleared() == tape);
}

TEST_CASE("the tape is handed out without what was recorded before", "[own_tape]") {
  detail::OwnTape<double> own;
  const auto number = own.cleared().zeros({1});
  own.cleared();
  CHECK_THROWS_AS(number.value(), TapeError);
}
