#pragma once

#include <unroll/models/records/records.hpp>

#include <functional>
#include <string_view>

namespace unroll::inline v0 {

/// An observer that does what another one does, but whose IoError, such as a full disk, does not end the training.
/// `warn` gets the error's message, once until a checkpoint succeeds again: only then has the other observer written
/// all that it holds. The other observer is told of what comes next. CsvLog and EventFile keep what they could not
/// write in a buffer; once that is full too, rows are lost. At the beginning and at the end an IoError is thrown as
/// ever: then no work is lost.
///
///     const auto warn = [&](std::string_view text) { console.say(text); };
///     const TrainingObserver log = forgiving(observer_of<CsvLog>("training.csv"), warn);
TrainingObserver forgiving(TrainingObserver observer, std::function<void(std::string_view)> warn);

}  // namespace unroll::inline v0
