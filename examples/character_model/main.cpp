#include "character_model/options.hpp"
#include "character_model/output.hpp"
#include <unroll/framework/error.hpp>

int main(int count, char** words) {
  using namespace character_model;
  try {
    const auto command = parse_command({words + 1, static_cast<std::size_t>(count - 1)});
    if (const auto* information = std::get_if<Information>(&command)) write_output(information->text);
    return 0;
  } catch (const unroll::Error& error) {
    write_message(std::string("error: ") + error.what());
    return 2;
  }
}
