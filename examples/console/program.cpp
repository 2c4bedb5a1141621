#include "console/program.hpp"

#include "console/output.hpp"
#include <unroll/framework/error.hpp>

#include <exception>
#include <new>
#include <string>

namespace console {

namespace {

int fail(int code, const char* what) {
  write_message(std::string("error: ") + what);
  return code;
}

}  // namespace

int run_program(const std::function<int()>& work) {
  ignore_closed_pipes();
  try {
    return work();
  } catch (const ClosedOutput&) {
    return 0;
  } catch (const unroll::ArgumentError& error) {
    return fail(2, error.what());
  } catch (const unroll::FileError& error) {
    return fail(3, error.what());
  } catch (const unroll::NumericalError& error) {
    return fail(4, error.what());
  } catch (const std::bad_alloc&) {
    return fail(1, "out of memory");
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}

}  // namespace console
