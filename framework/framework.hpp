#pragma once

// <unroll/framework.hpp>: everything of framework/ that a user's program needs. It leaves out
// <unroll/framework/tensor/xtensor.hpp>, which takes long to compile.
#include <unroll/framework/diagnostics/checked_backward.hpp>
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/metadata.hpp>
#include <unroll/framework/files/module_file.hpp>
#include <unroll/framework/files/safetensors.hpp>
#include <unroll/framework/files/state_file.hpp>
#include <unroll/framework/optimizers/adagrad.hpp>
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/framework/optimizers/any_optimizer.hpp>
#include <unroll/framework/optimizers/gradient_clipping.hpp>
#include <unroll/framework/optimizers/optimizer.hpp>
#include <unroll/framework/optimizers/rmsprop.hpp>
#include <unroll/framework/optimizers/schedule.hpp>
#include <unroll/framework/optimizers/sgd.hpp>
#include <unroll/framework/tape/anomaly.hpp>
#include <unroll/framework/tape/derivatives.hpp>
#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/tape/parameter.hpp>
#include <unroll/framework/tape/parameter_copies.hpp>
#include <unroll/framework/tape/scope.hpp>
#include <unroll/framework/tape/scope_log.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/framework/tape/tape_summary.hpp>
#include <unroll/framework/tape/variable.hpp>
#include <unroll/framework/tensor/denormals.hpp>
#include <unroll/framework/tensor/dual_number.hpp>
#include <unroll/framework/tensor/initializer.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/framework/tensor/shape.hpp>
#include <unroll/framework/tensor/tensor.hpp>
#include <unroll/framework/threads/gradient_sum.hpp>
#include <unroll/framework/threads/team.hpp>
