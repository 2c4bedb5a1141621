#include "benchmark/model.hpp"

namespace benchmark {

std::function<double()> make_builtin_step(const Options& options) {
  if (options.cell == "rnn") return make_step<RnnCell<>>(options);
  if (options.cell == "gru") return make_step<GruCell<>>(options);
  if (options.modifier != "none") return make_modified_step(options);
  return make_step<LstmCell<>>(options);
}

}  // namespace benchmark
