#include "console/program.hpp"

#include "console/output.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>

#include <exception>
#include <new>
#include <string_view>

namespace console {

int run_program(const std::function<int()>& work) {
  const Outcome outcome = outcome_of(work);
  if (!outcome.error.empty()) write_message(outcome.error);
  return outcome.code;
}

Outcome outcome_of(const std::function<int()>& work) {
  const auto fail = [](int code, std::string_view what) { return Outcome{code, fmt::format("error: {}", what)}; };
  ignore_closed_pipes();
  try {
    return {work()};
  } catch (const ClosedOutput&) {
    return {0};
  } catch (const unroll::ArgumentError& error) {
    return fail(2, error.what());
  } catch (const unroll::FileError& error) {
    return fail(3, error.what());
  } catch (const unroll::NumericalError& error) {
    return fail(4, error.what());
  } catch (const std::bad_alloc&) {
    return fail(1, "out of memory");
  } catch (const unroll::Error& error) {
    return fail(1, error.what());
  } catch (const std::exception& error) {  // another library's message, which may contain a path
    return fail(1, unroll::printable(error.what()));
  }
}

}  // namespace console
