#include "ask/rust_name.hpp"

#include <charconv>

namespace aside_app::ask {
namespace {

constexpr std::size_t hash_letters = 16;
constexpr int deepest = 64;

/// The older form ends with "::h" and a hash.
std::string_view without_hash(std::string_view name) noexcept {
  const auto at = name.rfind("::h");
  if (at == std::string_view::npos || at == 0 || name.size() - at - 3 != hash_letters) return name;
  const auto hash = name.substr(at + 3);
  return hash.find_first_not_of("0123456789abcdef") == std::string_view::npos ? name.substr(0, at)
                                                                               : name;
}

/// Reads the v0 form. What it does not know (constants, functions' types) ends it without a result.
class v0 {
 public:
  explicit v0(std::string_view left) noexcept : left_{left} {}

  bool read_path() {
    if (++depth_ > deepest) return false;
    const char tag = next();
    switch (tag) {
      case 'C':
        return read_identifier();
      case 'N':
        next();  // the name space
        return read_path() && read_identifier();
      case 'M':  // in an impl: where that is, and of which type, whose path is mostly a reference to it
        return skip('s') && read_path() && read_type();
      case 'X':
        return skip('s') && read_path() && read_type() && muted(&v0::read_path);
      case 'Y':
        return read_type() && muted(&v0::read_path);
      case 'I':
        return read_path() && muted(&v0::read_types);
      case 'B':
        return skip_number();
      default:
        return false;
    }
  }

  const std::string& path() const noexcept { return path_; }

 private:
  char next() noexcept {
    if (left_.empty()) return '\0';
    const char first = left_.front();
    left_.remove_prefix(1);
    return first;
  }

  bool is_next(char tag) const noexcept { return left_.starts_with(tag); }

  bool skip_number() noexcept {
    const auto end = left_.find('_');
    if (end == std::string_view::npos) return false;
    left_.remove_prefix(end + 1);
    return true;
  }

  /// A number of base 62, if there is one behind this tag.
  bool skip(char tag) noexcept {
    if (!is_next(tag)) return true;
    next();
    return skip_number();
  }

  bool read_identifier() {
    std::size_t size = 0;
    if (!skip('s')) return false;
    const auto [end, error] = std::from_chars(left_.data(), left_.data() + left_.size(), size);
    if (error != std::errc{}) return false;
    left_.remove_prefix(static_cast<std::size_t>(end - left_.data()));
    if (is_next('_')) next();
    if (size > left_.size()) return false;
    if (mute_ == 0) {
      if (!path_.empty()) path_ += "::";
      path_ += size == 0 ? std::string_view{"{closure}"} : left_.substr(0, size);
    }
    left_.remove_prefix(size);
    return true;
  }

  bool read_type() {
    if (left_.empty() || ++depth_ > deepest) return false;
    const char tag = left_.front();
    if (std::string_view{"CNMXYIB"}.find(tag) != std::string_view::npos) return read_path();
    next();
    if (tag == 'T') return read_types();
    if (tag == 'R' || tag == 'Q') return skip('L') && read_type();
    if (tag == 'P' || tag == 'O' || tag == 'S') return read_type();
    return tag >= 'a' && tag <= 'z';
  }

  bool read_types() {
    while (!is_next('E'))
      if (is_next('L') ? !skip('L') : !read_type()) return false;
    next();
    return true;
  }

  bool muted(bool (v0::*read)()) {
    ++mute_;
    const bool good = (this->*read)();
    --mute_;
    return good;
  }

  std::string_view left_;
  std::string path_;
  int depth_ = 0;
  int mute_ = 0;
};

}  // namespace

std::string readable_rust_name(std::string_view name) {
  if (!name.starts_with("_R")) return std::string{without_hash(name)};
  v0 text{name.substr(2)};
  return text.read_path() && !text.path().empty() ? text.path() : std::string{name};
}

}  // namespace aside_app::ask
