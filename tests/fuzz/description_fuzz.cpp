#include "character_model/settings.hpp"
#include "fuzz/support.hpp"

#include <string>

using namespace character_model;

/// What a character model's file says of it. What is read comes back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzzing::read_or_refuse<unroll::FileError>([&] {
    const Description description = description_from_json(std::string(fuzzing::as_text(data, size)));
    const Description again = description_from_json(description_to_json(description));
    fuzzing::expect(again.settings == description.settings, "settings come back");
    fuzzing::expect(again.start == description.start, "the first character comes back");
    fuzzing::expect(again.vocabulary.characters() == description.vocabulary.characters(), "the vocabulary comes back");
  });
  return 0;
}
