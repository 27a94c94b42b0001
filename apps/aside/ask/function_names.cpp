#include "ask/function_names.hpp"


namespace aside_app::ask {

void place_looks::add(std::uint64_t goroutine) noexcept {
  ++count;
  if (goroutine == 0) return;
  for (auto& each : goroutines) {
    if (each == 0) each = goroutine;
    if (each == goroutine) return;
  }
}

}  // namespace aside_app::ask

#ifdef ASIDE_LIBDW

#include <cxxabi.h>
#include <elfutils/libdwfl.h>
#include <gelf.h>
#include <sys/stat.h>
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "ask/library_name.hpp"
#include "ask/rust_name.hpp"

namespace aside_app::ask {
namespace {

/// Names are looked up for so many chains of calls, those seen most.
constexpr std::size_t most_chains = 64;
constexpr std::size_t most_places = 8;

/// Lines are not looked up in larger files: that may take seconds.
constexpr off_t most_bytes_for_lines = 128 << 20;

int no_debug_file(Dwfl_Module*, void**, const char*, Dwarf_Addr, const char*, const char*,
                  GElf_Word, char**) {
  return -1;
}

/// Leaves out what is between < and >.
std::string without_arguments(std::string_view function) {
  std::string text;
  int depth = 0;
  for (const char each : function) {
    if (each == '<') ++depth;
    if (depth == 0) text += each;
    if (each == '>' && depth > 0 && --depth == 0) text += "<>";
  }
  return text;
}

/// What a reader would call it: of a library's function that runs a lambda, the lambda.
std::string readable(const char* name) {
  // Of anything else it makes the name of a type: of a function f of C a float.
  if (!std::string_view{name}.starts_with("_Z")) return readable_rust_name(name);
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> plain{
      abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free};
  if (status != 0 || !plain) return readable_rust_name(name);
  std::string text = readable_rust_name(plain.get());
  if (const auto lambda = text.find("{lambda");
      lambda != std::string::npos && is_of_a_library(text)) {
    const auto from = text.find_last_of("<, ", lambda) + 1;
    const auto end = text.find('}', lambda);
    if (end != std::string::npos) return text.substr(from, end + 1 - from);
  }
  return text.size() > 48 ? without_arguments(text) : text;
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// One program's file.
class symbols {
 public:
  explicit symbols(const std::string& file) {
    static const Dwfl_Callbacks callbacks{nullptr, &no_debug_file, &dwfl_offline_section_address,
                                          nullptr};
    dwfl_.reset(dwfl_begin(&callbacks));
    if (!dwfl_) return;
    struct stat what{};
    has_lines_ = stat(file.c_str(), &what) == 0 && what.st_size <= most_bytes_for_lines;
    dwfl_report_begin(dwfl_.get());
    module_ = dwfl_report_offline(dwfl_.get(), "", file.c_str(), -1);
    dwfl_report_end(dwfl_.get(), nullptr, nullptr);
  }

  std::optional<waiting_place> at(std::uint64_t offset) {
    const auto address = address_of(offset);
    if (!address) return std::nullopt;
    GElf_Off beyond = 0;
    GElf_Sym symbol{};
    const char* name =
        dwfl_module_addrinfo(module_, *address, &beyond, &symbol, nullptr, nullptr, nullptr);
    if (name == nullptr || beyond >= std::max<GElf_Xword>(symbol.st_size, 1)) return std::nullopt;
    waiting_place place;
    place.function = readable(name);
    if (!has_lines_) return place;
    int line = 0;
    Dwfl_Line* row = dwfl_module_getsrc(module_, *address);
    const char* source =
        row == nullptr ? nullptr : dwfl_lineinfo(row, nullptr, &line, nullptr, nullptr, nullptr);
    // A line of a library's header, which was taken into the function, tells nothing.
    if (source == nullptr || std::string_view{source}.starts_with("/usr/")) return place;
    place.source = last_part(source);
    place.line = line;
    return place;
  }

 private:
  /// Of the call, which ends before the offset.
  std::optional<GElf_Addr> address_of(std::uint64_t offset) {
    if (module_ == nullptr || offset == 0) return std::nullopt;
    GElf_Addr bias = 0;
    Elf* elf = dwfl_module_getelf(module_, &bias);
    std::size_t count = 0;
    if (elf == nullptr || elf_getphdrnum(elf, &count) != 0) return std::nullopt;
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Phdr segment;
      if (gelf_getphdr(elf, static_cast<int>(i), &segment) == nullptr) continue;
      if (segment.p_type == PT_LOAD && offset > segment.p_offset &&
          offset < segment.p_offset + segment.p_filesz)
        return offset - segment.p_offset + segment.p_vaddr + bias - 1;
    }
    return std::nullopt;
  }

  std::unique_ptr<Dwfl, decltype(&dwfl_end)> dwfl_{nullptr, &dwfl_end};
  Dwfl_Module* module_ = nullptr;
  bool has_lines_ = false;
};

}  // namespace

bool can_name_functions() noexcept { return true; }

std::vector<waiting_place> named(const seen_places& places) {
  std::vector<seen_places::const_iterator> order;
  std::uint64_t all = 0;
  for (auto each = places.begin(); each != places.end(); ++each) {
    order.push_back(each);
    all += each->second.count;
  }
  std::sort(order.begin(), order.end(), [](auto a, auto b) { return a->second.count > b->second.count; });
  order.resize(std::min(order.size(), most_chains));
  std::map<std::string, symbols> files;
  std::vector<waiting_place> found;
  for (const auto each : order) {
    const auto& [why, chain] = each->first;
    auto& file = files.try_emplace(chain.file, chain.file).first->second;
    std::optional<waiting_place> place;
    bool in_lock = false;
    bool at_word = false;
    bool at_channel = false;
    bool for_nobody = false;
    for (const auto offset : chain.offsets) {
      auto next = file.at(offset);
      if (chain.by_frames && next)
        for_nobody |= offset == chain.offsets[0] ? !parks_goroutines(next->function)
                                                 : waits_for_no_goroutine(next->function);
      at_word |= next && is_wait_at_a_word(next->function);
      at_channel |= next && is_channel_of_go(next->function);
      in_lock |= next && is_lock_of_a_library(next->function) &&
                 (!place || is_of_a_library(place->function));
      if (next && (!place || is_of_a_library(place->function))) place = std::move(next);
    }
    if (!place) continue;
    place->why = why;
    place->in_lock = in_lock;
    place->at_word = at_word;
    place->at_channel = at_channel;
    place->for_nobody = for_nobody || is_of_gos_runtime(place->function);
    for (const auto goroutine : each->second.goroutines)
      place->goroutines += goroutine != 0;
    place->share = static_cast<double>(each->second.count) / static_cast<double>(all);
    const auto same = std::find_if(found.begin(), found.end(), [&](const waiting_place& other) {
      return other.why == why && other.function == place->function && other.line == place->line &&
             other.in_lock == in_lock && other.at_word == at_word && other.at_channel == at_channel &&
             other.for_nobody == place->for_nobody;
    });
    if (same != found.end()) {
      same->share += place->share;
      same->goroutines = std::max(same->goroutines, place->goroutines);
    } else
      found.push_back(std::move(*place));
  }
  std::sort(found.begin(), found.end(),
            [](const waiting_place& a, const waiting_place& b) { return a.share > b.share; });
  found.resize(std::min(found.size(), most_places));
  return found;
}

}  // namespace aside_app::ask

#else

namespace aside_app::ask {

bool can_name_functions() noexcept { return false; }

std::vector<waiting_place> named(const seen_places&) { return {}; }

}  // namespace aside_app::ask

#endif
