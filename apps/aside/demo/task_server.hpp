#pragma once

#include <aside/aside.hpp>

#include "demo/hub.hpp"
#include "demo/options.hpp"
#include "demo/page_feed.hpp"
#include "exit_code.hpp"

namespace aside_app {

/// Serves the demo's requests with one task a connection. A subscriber that waits holds its task's
/// one frame and a slot of the hub, no buffer and no parser.
class task_server {
 public:
  /// With `page`, serves the page too, and looks every 15 s whether silent subscribers still live.
  explicit task_server(const page_feed* page = nullptr) : page_{page} {}

  /// Accepts until it is stopped.
  aside::task<> serve(aside::tcp_listener& listener);

  hub<aside::event>& messages() noexcept { return hub_; }
  const page_feed* page() const noexcept { return page_; }

  /// Lets those who follow the figures get the last ones; at once when nobody does.
  aside::task<> let_readers_catch_up();
  std::atomic<unsigned> readers{0};

 private:
  hub<aside::event> hub_;
  const page_feed* page_;
};

/// The server process of the tasks' side: listens on a port of the kernel's choice, tells the demo
/// on stdout, serves until it is stopped.
exit_code serve_as_tasks(const demo_options& options);

}  // namespace aside_app

template <>
inline constexpr bool aside::shareable<aside_app::task_server> = true;
