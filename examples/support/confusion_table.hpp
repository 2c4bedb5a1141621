#pragma once

#include <unroll/models/metrics/confusion_matrix.hpp>

#include <string>
#include <vector>

namespace support {

/// A table (HTML) of which classes, the rows, were taken for which, the columns: the darker, the more of a class.
std::string confusion_table(const unroll::ConfusionMatrix& confusion, const std::vector<std::string>& names);

}  // namespace support
