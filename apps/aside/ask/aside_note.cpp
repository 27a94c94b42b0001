#include "ask/aside_note.hpp"

#include <elf.h>
#include <cstring>
#include <string_view>

namespace aside_app::ask {
namespace {

constexpr std::string_view note_name{"aside", 6};  // its zero counts

}  // namespace

std::uint64_t block_in(std::span<const std::byte> notes, std::uint64_t address) noexcept {
  std::size_t at = 0;
  while (at + sizeof(Elf64_Nhdr) <= notes.size()) {
    Elf64_Nhdr head;
    std::memcpy(&head, notes.data() + at, sizeof head);
    const auto name = at + sizeof head;
    const auto text = name + ((std::size_t{head.n_namesz} + 3) & ~std::size_t{3});
    const auto end = text + ((std::size_t{head.n_descsz} + 3) & ~std::size_t{3});
    if (end > notes.size() || end <= at) return 0;
    if (head.n_namesz == note_name.size() && head.n_descsz == 8 && head.n_type == 1 &&
        std::memcmp(notes.data() + name, note_name.data(), note_name.size()) == 0) {
      std::int64_t distance = 0;
      std::memcpy(&distance, notes.data() + text, sizeof distance);
      return address + text + static_cast<std::uint64_t>(distance);
    }
    at = end;
  }
  return 0;
}

}  // namespace aside_app::ask
