#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace aside_app {

/// The page itself: demo/page.html, made part of the program by the build.
std::string_view page_html() noexcept;

/// The text that the page shows, replaced as a whole; any thread may read or replace it.
class page_feed {
 public:
  void publish(const std::string& json) {
    const std::lock_guard lock{guard_};
    json_ = json;
    ++version_;
  }
  std::string text() const {
    const std::lock_guard lock{guard_};
    return json_;
  }
  /// Grows with every publish.
  std::uint64_t version() const {
    const std::lock_guard lock{guard_};
    return version_;
  }

 private:
  mutable std::mutex guard_;
  std::string json_ = "{}";
  std::uint64_t version_ = 0;
};

}  // namespace aside_app
