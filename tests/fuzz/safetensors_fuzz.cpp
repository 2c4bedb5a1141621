#include "fuzz/support.hpp"
#include <unroll/framework/files/safetensors.hpp>
#include <unroll/framework/files/safetensors_header.hpp>

#include <cstring>
#include <string>
#include <utility>

using namespace unroll;

/// A model file. One that is read says the same when its header is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzzing::read_or_refuse<FileError>([&] {
    const SafetensorsFile file = parse_safetensors(std::as_bytes(std::span(data, size)), "a file");
    for (const auto& [name, tensor] : file.tensors) fuzzing::expect(!name.empty(), "a tensor has a name");

    std::uint64_t length = 0;
    std::memcpy(&length, data, sizeof(length));
    const std::uint64_t data_bytes = size - 8 - length;
    const std::string text(fuzzing::as_text(data + 8, length));
    const SafetensorsHeader header = parse_header(text, data_bytes, "a file");
    const SafetensorsHeader again = parse_header(header_text(header), data_bytes, "a file");
    fuzzing::expect(again.metadata == header.metadata, "metadata come back");
    fuzzing::expect(again.tensors.size() == header.tensors.size(), "tensors come back");
    for (std::size_t i = 0; i < again.tensors.size(); ++i)
      fuzzing::expect(again.tensors[i].shape.size() * bytes_of(again.tensors[i].dtype)
                          == again.tensors[i].end - again.tensors[i].begin,
                      "a tensor has the bytes of its shape");
  });
  return 0;
}
