# The architecture, as the test of includes reads it: the layers, the rooms of each, and which rooms (or single headers)
# of its own layer each may include beside itself. A room that is not here may include nothing of its layer.
set(may_include_framework framework)
set(may_include_ops framework ops)
set(may_include_models framework ops models)
set(may_include_examples framework ops models)

set(umbrellas framework/framework.hpp ops/ops.hpp models/models.hpp models/unroll.hpp)

# For their own layer alone: how it is done, and not what it offers.
set(closed_rooms framework/tape/internal ops/kernels ops/operands ops/products)

# framework: from what everything needs to what few need.
set(opens_to_framework/errors "")
set(opens_to_framework/charts "")
set(opens_to_framework/memory framework/errors)
set(opens_to_framework/tensor framework/errors framework/memory)
set(opens_to_framework/tape framework/errors framework/memory framework/tensor framework/tape/internal)
set(opens_to_framework/tape/internal framework/errors framework/memory framework/tensor framework/tape)
set(opens_to_framework/threads framework/errors framework/tensor framework/tape)
set(opens_to_framework/processes framework/errors framework/tensor framework/tape framework/threads)
set(opens_to_framework/mpi framework/errors framework/processes)
set(opens_to_framework/optimizers framework/errors framework/tensor framework/tape framework/threads)
set(opens_to_framework/diagnostics framework/errors framework/tensor framework/tape framework/optimizers)
set(opens_to_framework/files framework/errors framework/tensor framework/tape)

# ops: the families of ops lie in the layer's own folder and may include all of it; how they are made fast does not
# know them. product.hpp is what both offer.
set(opens_to_ops/kernels "")
set(opens_to_ops/operands ops/kernels ops/product.hpp)
set(opens_to_ops/products ops/kernels ops/product.hpp)

set(opens_to_models/layers "")
set(opens_to_models/sequences models/layers)
set(opens_to_models/cells models/layers models/sequences)
set(opens_to_models/modifiers models/layers models/sequences models/cells)
set(opens_to_models/records "")
set(opens_to_models/metrics "")
set(opens_to_models/training models/layers models/sequences models/cells models/modifiers)
set(opens_to_models/trainer models/layers models/sequences models/records models/training)
set(opens_to_models/analysis models/layers models/sequences models/cells models/modifiers models/training)
set(opens_to_models/files models/layers models/sequences)

# room_of(<path> <variable>): the folder of a file, "ops/kernels" of "ops/kernels/lanes.hpp".
function(room_of path variable)
  cmake_path(GET path PARENT_PATH room)
  set(${variable} "${room}" PARENT_SCOPE)
endfunction()
