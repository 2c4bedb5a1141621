#include "experiment/trials.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/threads/team.hpp>
#include <unroll/ops/product.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <new>

namespace experiment {

void deal_trials(std::size_t trials, std::size_t threads, const std::function<void(std::size_t)>& work) {
  unroll::set_product_threads(1);  // every core runs a trial of its own
  unroll::Team team(unroll::thread_count(threads, trials));
  std::atomic<std::size_t> next = 0;
  team.run([&](std::size_t) {
    try {
      for (std::size_t trial; (trial = next++) < trials;) work(trial);
    } catch (...) {
      next = trials;  // the caller would discard further outcomes
      throw;
    }
  });
}

void TrialStatus::show(const std::function<std::string()>& text) {
  const std::lock_guard lock(mutex_);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  if (line_.due(seconds)) line_.show(text(), seconds);
}

void TrialStatus::say(const std::string& text) {
  const std::lock_guard lock(mutex_);
  line_.say(text);
}

void rethrow_as_of(CellKind cell, std::uint64_t seed) {
  const auto text = [&](const char* what) { return fmt::format("{} from seed {}: {}", name_of(cell), seed, what); };
  try {
    throw;
  } catch (const unroll::NumericalError& error) {
    throw unroll::NumericalError(text(error.what()));
  } catch (const unroll::ArgumentError& error) {
    throw unroll::ArgumentError(text(error.what()));
  } catch (const std::bad_alloc&) {
    throw unroll::Error(text("out of memory"));
  } catch (const std::exception& error) {
    throw unroll::Error(text(error.what()));
  }
}

std::string name_of_trial(CellKind cell, std::uint64_t seed) {
  return fmt::format("{:<4}  seed {:<2}  ", name_of(cell), seed);
}

}  // namespace experiment
