#pragma once

#include <unroll/models/records/records.hpp>

/// An update and an evaluation like those of a real training, for tests of what writes them.
inline unroll::UpdateRecord update_record(std::uint64_t update) {
  const auto step = static_cast<double>(update);
  return {.update = update,
          .epoch = step / 10,
          .seconds = step / 100,
          .progress = step / 1000,
          .loss = 1 + 1 / step,
          .learning_rate = 0.1 / step,
          .gradient_norm = 3 / step,
          .items = 320,
          .skipped = false};
}
inline unroll::EvaluationRecord evaluation_record(std::uint64_t update) {
  const auto step = static_cast<double>(update);
  return {.update = update,
          .epoch = step / 10,
          .seconds = step / 100,
          .progress = step / 1000,
          .loss = 2 + 1 / step,
          .best = true,
          .figures = {{"accuracy", 0.75}}};
}
