#include <unroll/framework/memory/free_lists.hpp>

#include <algorithm>
#include <cstring>

namespace unroll::inline v0 {

auto FreeLists::list_of(std::size_t bytes) -> List* {
  const auto found = std::find_if(lists_.begin(), lists_.end(), [&](const List& list) { return list.bytes == bytes; });
  return found == lists_.end() ? nullptr : &*found;
}

void FreeLists::give(void* memory, std::size_t bytes) {
  if (bytes < sizeof(void*)) return;
  List* list = list_of(bytes);
  if (list == nullptr) list = &lists_.emplace_back(List{bytes, nullptr});
  std::memcpy(memory, &list->first, sizeof(void*));
  list->first = memory;
}

void* FreeLists::take(std::size_t bytes) {
  List* const list = list_of(bytes);
  if (list == nullptr || list->first == nullptr) return nullptr;
  void* const memory = list->first;
  std::memcpy(&list->first, memory, sizeof(void*));
  return memory;
}

}  // namespace unroll::inline v0
