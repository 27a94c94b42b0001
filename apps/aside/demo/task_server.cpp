#include "demo/task_server.hpp"

#include <aside/http/server.hpp>

#include <functional>
#include <string>
#include <utility>

#include "demo/reply.hpp"
#include "demo/reporter.hpp"
#include "system/run_tasks.hpp"

namespace aside_app {

using namespace std::chrono_literals;

namespace {

namespace http = aside::http;
using clock = std::chrono::steady_clock;
using task_hub = hub<aside::event>;
using server_ref = std::reference_wrapper<task_server>;

constexpr auto figures_every = 250ms;
constexpr auto nudge_every = 15s;

/// A subscriber's slot of the hub while it has one.
class place {
 public:
  place(task_hub& hub, std::uint32_t id) : hub_{hub}, slot_{hub.join(id)} {}
  ~place() {
    if (slot_ != nullptr) hub_.leave(*slot_);
  }
  place(const place&) = delete;
  place& operator=(const place&) = delete;

  task_hub::slot* slot() noexcept { return slot_; }

 private:
  task_hub& hub_;
  task_hub::slot* slot_;
};

aside::task<bool> greet(aside::tcp_stream& peer, std::uint32_t id, bool joined) {
  std::string text;
  append_event(text, joined ? "hello" : "taken", std::to_string(id));
  auto written = co_await peer.write(text).as_result();
  co_return joined&& written.has_value();
}

/// Writes what has come for this subscriber.
aside::task<bool> deliver(aside::tcp_stream& peer, task_hub& messages, task_hub::slot& mine,
                          clock::time_point woken) {
  std::string text;
  messages.take(mine, woken, text);
  auto written = co_await peer.write(text).as_result();
  co_return written.has_value();
}

/// One subscriber. What lives across the wait in its loop is what it costs while it waits.
aside::task<> send_messages(aside::tcp_stream peer, server_ref server, std::uint32_t id) {
  auto& messages = server.get().messages();
  place mine{messages, id};
  bool good = co_await greet(peer, id, mine.slot() != nullptr);
  while (good) {
    co_await mine.slot()->waker.wait();
    const auto woken = clock::now();
    good = co_await deliver(peer, messages, *mine.slot(), woken);
  }
}

aside::task<bool> send_figures_once(aside::tcp_stream& peer, const page_feed& page) {
  std::string text;
  append_event(text, {}, page.text());
  auto written = co_await peer.write(text).as_result();
  co_return written.has_value();
}

class reader_count {
 public:
  explicit reader_count(task_server& server) noexcept : server_{server} { ++server_.readers; }
  ~reader_count() { --server_.readers; }
  reader_count(const reader_count&) = delete;
  reader_count& operator=(const reader_count&) = delete;

 private:
  task_server& server_;
};

/// One reader of the page.
aside::task<> send_figures(aside::tcp_stream peer, server_ref server) {
  const reader_count counted{server.get()};
  const auto& page = *server.get().page();
  std::uint64_t seen = 0;
  for (bool good = true; good;) {
    const auto version = page.version();
    if (version != seen) good = co_await send_figures_once(peer, page);
    seen = version;
    co_await aside::sleep_for(figures_every);
  }
}

aside::task<> handle(const http::request& asked, http::exchange& ex, server_ref& server) {
  const auto said = reply_to(server.get().messages(), server.get().page(), asked, clock::now());
  switch (said.what) {
    case reply::kind::answer:
      ex.respond(said.status, said.type, said.text);
      break;
    case reply::kind::problem:
      ex.respond_problem(said.status, said.text);
      break;
    case reply::kind::messages:
      ex.start_event_stream(send_messages, server, said.id);
      break;
    case reply::kind::figures:
      ex.start_event_stream(send_figures, server);
      break;
  }
  co_return;
}

aside::task<> nudge(server_ref server) {
  for (;;) {
    co_await aside::sleep_for(nudge_every);
    server.get().messages().nudge_all();
  }
}

aside::task<> report(server_ref server, server_report about) {
  for (;;) {
    send_report(about, server.get().messages());
    co_await aside::sleep_for(report_every);
  }
}

aside::task<> serve_and_report(task_server& server) {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
  const auto runtime = aside::info();
  server_report about;
  about.port = listener.port();
  about.engine = runtime.engine;
  about.engine_reason = runtime.engine_reason;
  about.workers = runtime.workers;
  co_await aside::scope([&](aside::nursery& all) -> aside::task<> {
    all.spawn(report, std::ref(server), about);
    co_await server.serve(listener);
  });
}

}  // namespace

aside::task<> task_server::serve(aside::tcp_listener& listener) {
  co_await aside::scope([&](aside::nursery& all) -> aside::task<> {
    if (page_ != nullptr) all.spawn(nudge, std::ref(*this));
    co_await listener.serve(http::serve_connection, handle, std::ref(*this));
  });
}

aside::task<> task_server::let_readers_catch_up() {
  if (readers.load() > 0) co_await aside::sleep_for(2 * figures_every);
}

exit_code serve_as_tasks(const demo_options& options) {
  task_server server;
  try {
    const int result = run_tasks(runtime_options(options.engine, options.workers),
                                 [&server]() ASIDE_WRAPPER { return serve_and_report(server); });
    return result >= 128 ? exit_code::ok : exit_code::failed;
  } catch (...) {
    const auto what = failure_of("the server of tasks");
    send_error(what.what(), to_int(what.code()));
    return what.code();
  }
}

}  // namespace aside_app
