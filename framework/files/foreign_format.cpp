#include <unroll/framework/files/foreign_format.hpp>

#include <algorithm>
#include <array>

namespace unroll::inline v0::detail {

namespace {

struct Row {
  std::string_view beginning, what;
};

constexpr std::string_view pickle =
    "a Python pickle, as old versions of torch.save write; if you trust it, load it in Python and save its tensors "
    "with safetensors.torch.save_file";
constexpr std::string_view compressed = "a compressed file; unpack it first";
constexpr std::string_view web_page =
    "a web page, not the file itself (did a download end in a page for logging in, or in an error?)";

constexpr std::array rows{
    Row{"\x89HDF", "an HDF5 file, as Keras writes; save its weights as safetensors there"},
    Row{"GGUF", "a GGUF file; convert it to safetensors first"},
    Row{"\x93NUMPY", "an array of NumPy (.npy); put it under a name with safetensors.numpy.save_file"},
    Row{"version https://git-lfs", "a pointer of git-LFS, not the file itself; get that with git lfs pull"},
    Row{"\x1f\x8b", "a gzip file; unpack it with gunzip first"},
    Row{"BZh", compressed},
    Row{"\xfd"
        "7zXZ",
        compressed},
    Row{"\x28\xb5\x2f\xfd", compressed},
    Row{"7z\xbc\xaf", compressed},
    Row{"<!DOCTYPE", web_page},
    Row{"<!doctype", web_page},
    Row{"<html", web_page},
    Row{"{\"", "JSON, as the index of a model in several files is; give one of the files that it names"},
    Row{"{\n", "JSON, as the index of a model in several files is; give one of the files that it names"},
};

/// A safetensors file begins with a length and a JSON object. A length that the format allows ends in four zero bytes;
/// its first bytes may look like a pickle or a gzip file.
bool begins_as_safetensors(std::string_view beginning) {
  if (beginning.size() < 8 || beginning.substr(4, 4) != std::string_view("\0\0\0\0", 4)) return false;
  return beginning.size() == 8 || std::string_view("{ \t\r\n").find(beginning[8]) != std::string_view::npos;
}

/// Protocols 2 to 5 begin with their number. Earlier ones have no mark; they begin by making a dictionary, a list or a
/// global name.
bool is_pickle(std::string_view beginning) {
  if (beginning.size() < 2) return false;
  if (beginning[0] == '\x80') return beginning[1] >= 2 && beginning[1] <= 5;
  constexpr std::array<std::string_view, 9> starts{"(dp",    "(lp",   "(dq", "(lq", "}q", "]q", "ccollections\n",
                                                   "cnumpy", "ctorch"};
  return std::any_of(starts.begin(), starts.end(), [&](auto start) { return beginning.starts_with(start); });
}

/// Field 1 of the message is a small number, the version of the format, and one of ONNX's other fields follows: a name
/// or a message (wire type 2), or a number. TensorFlow's saved_model.pb begins so too.
bool is_protocol_buffer(std::string_view beginning) {
  constexpr std::string_view next_fields = "\x12\x1a\x22\x28\x32\x3a\x42\x72";
  return beginning.size() >= 3 && beginning[0] == '\x08' && beginning[1] >= 1 && beginning[1] <= 32
         && next_fields.find(beginning[2]) != std::string_view::npos;
}

/// Tells zip archives apart by the name of their first file: it begins at byte 30, and byte 26 has its length.
std::string_view kind_of_zip(std::string_view beginning) {
  constexpr std::size_t name_at = 30;
  if (beginning.size() > name_at) {
    const std::string_view name = beginning.substr(name_at, static_cast<unsigned char>(beginning[26]));
    if (name.ends_with(".npy"))
      return "an archive of NumPy (.npz); save its arrays with safetensors.numpy.save_file there";
  }
  return "a zip archive, as torch.save and Keras write; save it with safetensors.torch.save_file there";
}

}  // namespace

std::string_view foreign_format(std::string_view beginning) {
  if (begins_as_safetensors(beginning)) return "";
  if (beginning.starts_with("PK\x03\x04") || beginning.starts_with("PK\x05\x06")) return kind_of_zip(beginning);
  if (is_pickle(beginning)) return pickle;
  for (const Row& row : rows)
    if (beginning.starts_with(row.beginning)) return row.what;
  if (is_protocol_buffer(beginning))
    return "a protocol buffer, as ONNX and TensorFlow write; export its weights as safetensors there";
  return "";
}

}  // namespace unroll::inline v0::detail
