#include "demo/demo.hpp"

#include <aside/aside.hpp>

#include <sys/eventfd.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>
#include <thread>

#include "demo/conductor.hpp"
#include "demo/page_feed.hpp"
#include "demo/task_server.hpp"
#include "system/descriptors.hpp"
#include "system/run_tasks.hpp"

namespace aside_app {
namespace {

int open_stop() {
  const int made = eventfd(0, EFD_CLOEXEC);
  if (made < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
  return made;
}

/// The page's server, and beside it the thread that conducts the demo. The conductor begins once the
/// page can be seen; it outlives the page when the user interrupts, to end the processes in order.
class show {
 public:
  explicit show(const demo_options& options) : options_{options}, server_{&feed_} {}
  ~show() {
    finish();
    close(stop_);
  }
  show(const show&) = delete;
  show& operator=(const show&) = delete;

  exit_code run();

 private:
  aside::task<> serve_page();
  void conduct(unsigned port);
  void finish();

  const demo_options& options_;
  page_feed feed_;
  task_server server_;
  aside::event over_;
  int stop_ = open_stop();
  std::thread conducting_;
  exit_code code_ = exit_code::ok;  // of the conductor; read after the join
};

aside::task<> show::serve_page() {
  const auto where = "127.0.0.1:" + std::to_string(options_.port);
  auto bound = co_await aside::tcp_listener::bind(where).as_result();
  if (!bound) {
    const bool taken = bound.error() == std::errc::address_in_use;
    const bool forbidden = bound.error() == std::errc::permission_denied;
    throw failure{taken || forbidden ? exit_code::port_taken : exit_code::environment,
                  "aside demo: the page can't be served at " + where + ": " +
                      bound.error().message() + "; choose another port, for example --port " +
                      std::to_string(options_.port < 1024 ? 8081 : options_.port % 65'535 + 1)};
  }
  auto& listener = *bound;
  const unsigned port = listener.port();
  conducting_ = std::thread{[this, port] { conduct(port); }};
  co_await aside::scope([&](aside::nursery& all) -> aside::task<> {
    const auto serve = [&]() -> aside::task<> { co_await server_.serve(listener); };
    all.spawn_local(serve);
    co_await over_.wait();
    co_await server_.let_readers_catch_up();
    all.request_stop();
  });
}

void show::conduct(unsigned port) {
  // Signals are for the runtime; when it has gone, a second Ctrl-C ends the process at once.
  sigset_t runtime_signals;
  sigemptyset(&runtime_signals);
  sigaddset(&runtime_signals, SIGINT);
  sigaddset(&runtime_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &runtime_signals, nullptr);

  conductor conducts{options_, "http://127.0.0.1:" + std::to_string(port) + "/", stop_,
                     [this](const std::string& json) { feed_.publish(json); }};
  code_ = conducts.run();
  over_.set();
}

exit_code show::run() {
  const int result =
      run_tasks(runtime_options("auto", 1), [this]() ASIDE_WRAPPER { return serve_page(); });
  if (!conducting_.joinable()) return static_cast<exit_code>(result);  // stopped before it began
  finish();
  if (code_ == exit_code::interrupted && result > 128) return static_cast<exit_code>(result);
  return code_;
}

void show::finish() {
  if (!conducting_.joinable()) return;
  eventfd_write(stop_, 1);
  conducting_.join();
}

}  // namespace

exit_code demo(const demo_options& options) {
  need_descriptors("aside demo", options.connections);
  return show{options}.run();
}

}  // namespace aside_app
