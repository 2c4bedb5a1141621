#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/models.hpp>

using namespace unroll;
using Catch::Contains;

namespace {

/// Whether both have the same tensors.
template <class M>
bool same(const M& a, const M& b) {
  return to_safetensors(a).tensors == to_safetensors(b).tensors;
}
/// A module that is put under a prefix into a file that holds more, and made again from that file alone.
template <class M>
bool is_made_again(const M& module) {
  SafetensorsFile file;
  add_module(file, module, "deep.model.");
  file.tensors["weight"] = Tensor<>({5, 6, 7});
  return same(module_from<M>(file, {.prefix = "deep.model."}), module);
}

/// A module of a user's: a width that is no multiple of its sizes, and a tensor that does not depend on them.
struct Own {
  struct Options {
    std::size_t inputs, hidden;
    double scale = 1;
  };
  Parameter<> weight, joined, scale;

  Own(const Options& options, const Random& random)
      : weight(normal(random, {2 * options.hidden + 1, options.inputs})),
        joined(normal(random, {options.inputs + options.hidden})),
        scale(Tensor<>({2}, static_cast<float>(options.scale))) {}
  static void members(auto& self, auto&& visit) {
    visit("weight", self.weight);
    visit("joined", self.joined);
    visit("scale", self.scale);
  }
};

/// A module that has a tensor for each of its hidden units.
struct Many {
  struct Options {
    std::size_t hidden;
  };
  std::vector<Parameter<>> units;

  Many(const Options& options, const Random&) : units(options.hidden, Parameter<>(Tensor<>({1}))) {}
  static void members(auto& self, auto&& visit) { visit("units", self.units); }
};

/// A cell that has nothing to learn: its inputs are its next state.
struct Unlearned {
  struct Options {
    std::size_t inputs, hidden;
  };
  using State = HiddenState<>;
  std::size_t hidden;

  Unlearned(const Options& options, const Random&) : hidden(options.hidden) {}
  std::size_t hidden_size() const { return hidden; }
  State step(Variable<> x, const State&) const { return {x}; }
  static void members(auto&, auto&&) {}
};

/// An LSTM's tensors of D = 3 and H = 4.
SafetensorsFile lstm_file() { return to_safetensors(LstmCell<>({.inputs = 3, .hidden = 4}, Random(1))); }
template <class M>
std::string refusal_of(const SafetensorsFile& file) {
  return message_of<FileError>([&] { module_from<M>(file); });
}

}  // namespace

TEST_CASE("every kind of cell takes its sizes from the file") {
  const Random random(1);
  CHECK(is_made_again(RnnCell<>({.inputs = 3, .hidden = 4}, random)));
  CHECK(is_made_again(PreactivationRnnCell<>({.inputs = 3, .hidden = 1}, random)));
  CHECK(is_made_again(LstmCell<>({.inputs = 1, .hidden = 4}, random)));
  CHECK(is_made_again(LstmCell<double>({.inputs = 1, .hidden = 1}, random)));
  CHECK(is_made_again(GruCell<>({.inputs = 2, .hidden = 7}, random)));
  CHECK(is_made_again(CoupledLstmCell<>({.inputs = 3, .hidden = 4}, random)));
  CHECK(is_made_again(PeepholeLstmCell<>({.inputs = 3, .hidden = 4}, random)));
  CHECK(is_made_again(LayerNormLstmCell<>({.inputs = 3, .hidden = 4}, random)));
  CHECK(is_made_again(MinGruCell<>({.inputs = 3, .hidden = 4}, random)));
  CHECK(is_made_again(MinLstmCell<>({.inputs = 3, .hidden = 4}, random)));
  CHECK(is_made_again(SLstmCell<>({.inputs = 3, .hidden = 4}, random)));
  CHECK(is_made_again(MLstmCell<>({.inputs = 3, .hidden = 4}, random)));
  CHECK(is_made_again(LruCell<>({.inputs = 3, .hidden = 4}, random)));
}

TEST_CASE("modifiers, directions and stacks take their sizes from the file") {
  const Random random(1);
  CHECK(is_made_again(Zoneout<LstmCell<>>({.inputs = 3, .hidden = 4}, random)));
  CHECK(is_made_again(LayerNormalized<GruCell<>>({.inputs = 3, .hidden = 4}, random)));
  CHECK(is_made_again(Projected<LstmCell<>>({.inputs = 3, .hidden = 5, .recurrent = 2}, random)));
  CHECK(is_made_again(Zoneout<Projected<RnnCell<>>>({.inputs = 3, .hidden = 5, .recurrent = 9}, random)));
  CHECK(is_made_again(Reversed<GruCell<>>({.inputs = 3, .hidden = 4}, random)));
  CHECK(is_made_again(Bidirectional<LstmCell<>>({.inputs = 3, .hidden = 4}, random)));
  CHECK(is_made_again(Layers<LstmCell<>>(1, {.inputs = 3, .hidden = 4}, random)));
  CHECK(is_made_again(Layers<Bidirectional<GruCell<>>>(3, {.inputs = 3, .hidden = 4}, random)));
}

TEST_CASE("a stack of several kinds takes the sizes of each of its layers from the file") {
  const Random random(1);
  using Encoder = Stack<Bidirectional<LstmCell<>>, Layers<GruCell<>>, Zoneout<RnnCell<>>>;
  const Encoder encoder(Bidirectional<LstmCell<>>({.inputs = 3, .hidden = 4}, random),
                        Layers<GruCell<>>(2, {.inputs = 8, .hidden = 5}, random),
                        Zoneout<RnnCell<>>({.inputs = 5, .hidden = 2}, random));
  CHECK(is_made_again(encoder));
  CHECK(is_made_again(Stack(encoder, LstmCell<>({.inputs = 2, .hidden = 7}, random))));
}

TEST_CASE("a stack is made from a file of PyTorch's names") {
  const Stack saved(LstmCell<>({.inputs = 3, .hidden = 4}, Random(1)),
                    LstmCell<>({.inputs = 4, .hidden = 2}, Random(2)));
  CHECK(same(module_from<Stack<LstmCell<>, LstmCell<>>>(to_safetensors(saved, {}, pytorch_name), {}, pytorch_name),
             saved));
}

TEST_CASE("the file of another stack is refused: the layer that does not fit is named, and layers that are too many") {
  const GruCell<> gru({.inputs = 3, .hidden = 4}, Random(1));
  const RnnCell<> rnn({.inputs = 4, .hidden = 4}, Random(1));
  using GruThenRnn = Stack<GruCell<>, RnnCell<>>;
  CHECK_THAT(refusal_of<GruThenRnn>(to_safetensors(Stack(gru))),
             Contains("does not tell the size inputs of the module: expected one of \"1.input_weight\""));
  CHECK_THAT(refusal_of<GruThenRnn>(to_safetensors(Stack(gru, rnn, rnn))), Contains("\"2.input_weight\""));
  CHECK_THAT(refusal_of<GruThenRnn>(to_safetensors(Stack(rnn, gru))), Contains("\"0.input_weight\" [4, 4] tells no"));
}

TEST_CASE("what is no cell takes its sizes from the file too, a user's module as well") {
  const Random random(1);
  CHECK(is_made_again(Linear<>({.inputs = 3, .outputs = 4}, random)));
  CHECK(is_made_again(OutputLayer<>({.inputs = 3, .outputs = 1}, random)));
  CHECK(is_made_again(Embedding<>({.tokens = 30, .width = 4}, random)));
  CHECK(is_made_again(AttentionPooling<>({.inputs = 3, .hidden = 4}, random)));
  CHECK(is_made_again(AttentionPooling<>({.inputs = 3, .hidden = 4, .query = 5}, random)));
  CHECK(is_made_again(Own({.inputs = 3, .hidden = 4, .scale = 2}, random)));
}

TEST_CASE("a module is made from a file on disk, and from one of PyTorch's names") {
  const TemporaryDirectory directory;
  const Layers<LstmCell<>> saved(2, {.inputs = 3, .hidden = 4}, Random(1));
  save_module(directory / "ours", saved);
  CHECK(same(module_from<Layers<LstmCell<>>>(directory / "ours"), saved));
  save_state_dict(directory / "theirs", saved);
  CHECK(same(module_from<Layers<LstmCell<>>>(directory / "theirs", {}, pytorch_name), saved));
}

TEST_CASE("sizes are options, to which is added what shapes do not tell") {
  const auto options = sizes_in<GruCell<>>(to_safetensors(GruCell<>({.inputs = 3, .hidden = 4}, Random(1))));
  CHECK(options.inputs == 3);
  CHECK(options.hidden == 4);
  CHECK(options.reset == GruReset::after_product);
  CHECK(sizes_in<LstmCell<>>(lstm_file()).recurrent == 0);
  const Layers<Bidirectional<RnnCell<>>> layers(2, {.inputs = 3, .hidden = 4}, Random(1));
  CHECK(sizes_in<Layers<Bidirectional<RnnCell<>>>>(to_safetensors(layers)).inputs == 3);
}

TEST_CASE("an mLSTM of several heads is made when its heads are said, and refused when they are not") {
  const MLstmCell<> saved({.inputs = 3, .hidden = 6, .heads = 3}, Random(1));
  const auto file = to_safetensors(saved);
  CHECK_THAT(refusal_of<MLstmCell<>>(file), Contains("size mismatch for \"gate_bias\": the file has [6]"));
  auto options = sizes_in<MLstmCell<>>(file);
  options.heads = 3;
  MLstmCell<> again(options, Random(2));
  load_module(file, again);
  CHECK(same(again, saved));
}

TEST_CASE("a layer whose biases are not in the file is made, with zeros for them when the load says so") {
  auto file = lstm_file();
  file.tensors.erase("input_bias");
  file.tensors.erase("hidden_bias");
  CHECK_THAT(refusal_of<LstmCell<>>(file), Contains("Missing key(s): \"hidden_bias\", \"input_bias\""));
  const auto cell = module_from<LstmCell<>>(file, {.zero_missing_biases = true});
  CHECK(cell.weights.input_weight.shape() == Shape{16, 3});
  CHECK(cell.weights.input_bias.value() == Tensor<>({16}));
}

TEST_CASE("the file of another kind of module is refused, with the tensors that do not fit") {
  CHECK(refusal_of<GruCell<>>(lstm_file())
        == "sizes_in: safetensors: \"input_weight\" [16, 3] tells no hidden: axis 0 is expected to be 3 times that (is "
           "it the file of another kind of module?)");
  const auto gru = to_safetensors(GruCell<>({.inputs = 3, .hidden = 8}, Random(1)));
  CHECK(refusal_of<LstmCell<>>(gru)
        == "sizes_in: safetensors: \"hidden_weight\" [24, 8] tells hidden = 8, and \"input_weight\" [24, 3] tells 6 "
           "(is it the file of another kind of module?)");
  CHECK(refusal_of<Linear<>>(lstm_file())
        == "sizes_in: safetensors does not tell the size inputs of the module: expected one of \"weight\", and it has "
           "\"hidden_bias\", \"hidden_weight\", \"input_bias\", \"input_weight\" (is it the file of another kind of "
           "module, or under another prefix?)");
  CHECK_THAT(refusal_of<LstmCell<>>({}), Contains("and it has no tensor"));
  SafetensorsFile flat;
  flat.tensors["weight"] = Tensor<>({3});
  CHECK_THAT(refusal_of<Linear<>>(flat), Contains("\"weight\" [3] has 1 axis, expected 2"));
  flat.tensors["weight"] = Tensor<>({0, 3});
  CHECK_THAT(refusal_of<Linear<>>(flat), Contains("tells no outputs: axis 0 is expected to be 1 times that"));
  flat.tensors = {{"weight", Tensor<>({8, 3})}, {"joined", Tensor<>({7})}, {"scale", Tensor<>({2})}};
  CHECK_THAT(refusal_of<Own>(flat), Contains("tells no hidden: axis 0 is expected to be 2 times that and 1"));
}

TEST_CASE("what the sizes leave open is refused by the load") {
  auto file = lstm_file();
  file.tensors["gain"] = Tensor<>({1});
  CHECK_THAT(refusal_of<LstmCell<>>(file), Contains("load_module") && Contains("Unexpected key(s): \"gain\""));
  auto deep = to_safetensors(Layers<RnnCell<>>(3, {.inputs = 3, .hidden = 4}, Random(1)));
  deep.tensors.erase("1.input_bias");  // so that there is one layer, and more that is unexpected
  CHECK_THAT(refusal_of<Layers<RnnCell<>>>(deep), Contains("Unexpected key(s): \"1.hidden_bias\""));
  auto odd = to_safetensors(Own({.inputs = 3, .hidden = 4}, Random(1)));
  odd.tensors["joined"] = Tensor<>({8});
  CHECK_THAT(refusal_of<Own>(odd), Contains("size mismatch for \"joined\": the file has [8], the module has [7]"));
}

TEST_CASE("a module whose tensors are others with other sizes is refused") {
  CHECK(message_of<ArgumentError>([] { sizes_in<Many>(to_safetensors(Many({.hidden = 3}, Random(1)))); })
        == "sizes_in: the module has other tensors when hidden is 2 than when it is 1, expected larger ones of the same "
           "names (make such a module of its sizes, and call load_module)");
}

TEST_CASE("a module without tensors has no sizes that a file could tell, and its layers are not counted without end") {
  for (const SafetensorsFile& file : {SafetensorsFile(), lstm_file()})
    CHECK(message_of<ArgumentError>([&] { module_from<Layers<Unlearned>>(file); })
          == "sizes_in: no tensor of the module grows with inputs alone, so that no file tells it (make the module of its "
             "sizes, and call load_module)");
  CHECK(detail::layers_in<Layers<Unlearned>>(lstm_file(), "", std::identity()) == 1);
}
