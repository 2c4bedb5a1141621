#pragma once

// <unroll/unroll.hpp>: the whole library except framework/tensor/xtensor.hpp, which takes long to compile.
#include <unroll/framework.hpp>
#include <unroll/models.hpp>
#include <unroll/ops.hpp>
