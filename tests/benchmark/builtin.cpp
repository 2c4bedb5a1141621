#include "benchmark/model.hpp"

namespace benchmark {

std::function<double()> make_builtin_step(const Options& options) {
  if (options.cell == "rnn") return make_step<RnnCell<>>(options);
  if (options.cell == "gru") return make_step<GruCell<>>(options);
  if (options.cell == "mingru") return make_step<MinGruCell<>>(options);
  if (options.cell == "minlstm") return make_step<MinLstmCell<>>(options);
  if (options.cell == "slstm") return make_step<SLstmCell<>>(options);
  if (options.cell == "mlstm") return make_step<MLstmCell<>>(options);
  if (options.cell == "lru") return make_step<LruCell<>>(options);
  if (options.modifier != "none") return make_modified_step(options);
  return make_step<LstmCell<>>(options);
}

}  // namespace benchmark
