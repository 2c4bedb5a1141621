#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// A reader of TensorBoard's event files that has nothing of the library: it finds check sums bit by bit and takes the
/// wire format of protocol buffers apart.
namespace event_reader {

struct Event {
  double wall_time = 0;
  std::int64_t step = 0;
  std::string version;
  std::map<std::string, float> scalars = {};
  std::optional<std::uint64_t> session = {};  // the status of a SessionLog
};

inline std::uint32_t check_sum(std::string_view bytes) {
  std::uint32_t sum = 0xffffffffU;
  for (const char byte : bytes)
    for (unsigned bit = 0; bit < 8; ++bit) {
      const bool odd = ((sum ^ (static_cast<unsigned char>(byte) >> bit)) & 1U) != 0;
      sum = odd ? (sum >> 1U) ^ 0x82f63b78U : sum >> 1U;
    }
  sum = ~sum;
  return ((sum >> 15U) | (sum << 17U)) + 0xa282ead8U;
}

/// Takes a number of so many bytes from the front, the lowest first.
inline std::uint64_t take(std::string_view& bytes, std::size_t count) {
  if (bytes.size() < count) throw std::runtime_error("the bytes end within a number");
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < count; ++i) number |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  bytes.remove_prefix(count);
  return number;
}

inline std::uint64_t take_varint(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint64_t byte = take(bytes, 1);
    number |= (byte & 0x7fU) << shift;
    if (byte < 0x80) return number;
  }
  throw std::runtime_error("a varint has no end");
}

/// A field of a message: a number, or the bytes of a text or of a message within.
struct Field {
  std::uint64_t number, value = 0;
  std::string_view bytes = {};
};

inline std::vector<Field> fields_of(std::string_view message) {
  std::vector<Field> fields;
  while (!message.empty()) {
    const std::uint64_t key = take_varint(message);
    Field field{.number = key >> 3U};
    if (const std::uint64_t wire = key & 7U; wire == 0) {
      field.value = take_varint(message);
    } else if (wire == 1 || wire == 5) {
      field.value = take(message, wire == 1 ? 8 : 4);
    } else if (wire == 2) {
      const std::uint64_t size = take_varint(message);
      if (size > message.size()) throw std::runtime_error("a field is longer than its message");
      field.bytes = message.substr(0, size);
      message.remove_prefix(size);
    } else {
      throw std::runtime_error("a wire type that no event has");
    }
    fields.push_back(field);
  }
  return fields;
}

inline void read_scalar(std::string_view message, std::map<std::string, float>& scalars) {
  std::string tag;
  std::optional<float> value;
  for (const Field& field : fields_of(message)) {
    if (field.number == 1)
      tag = field.bytes;
    else if (field.number == 2)
      value = std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
    else
      throw std::runtime_error("a field that no scalar has");
  }
  if (!value || !scalars.emplace(tag, *value).second) throw std::runtime_error("no value, or two, of " + tag);
}

inline Event event_of(std::string_view message) {
  Event event;
  for (const Field& field : fields_of(message)) {
    if (field.number == 1)
      event.wall_time = std::bit_cast<double>(field.value);
    else if (field.number == 2)
      event.step = static_cast<std::int64_t>(field.value);
    else if (field.number == 3)
      event.version = field.bytes;
    else if (field.number == 5)
      for (const Field& value : fields_of(field.bytes)) read_scalar(value.bytes, event.scalars);
    else if (field.number == 7)
      event.session = fields_of(field.bytes).at(0).value;
    else
      throw std::runtime_error("a field that no event has");
  }
  return event;
}

/// The events of a file up to its end or to a torn tail, as a crash leaves it. Throws when a check sum is wrong.
inline std::vector<Event> events_of(std::string_view file) {
  std::vector<Event> events;
  while (file.size() >= 12) {
    const std::string_view counted = file.substr(0, 8);
    const std::uint64_t size = take(file, 8);
    if (take(file, 4) != check_sum(counted)) throw std::runtime_error("a size has another check sum");
    if (file.size() < 4 || size > file.size() - 4) break;
    const std::string_view message = file.substr(0, size);
    file.remove_prefix(size);
    if (take(file, 4) != check_sum(message)) throw std::runtime_error("an event has another check sum");
    events.push_back(event_of(message));
  }
  return events;
}

}  // namespace event_reader
