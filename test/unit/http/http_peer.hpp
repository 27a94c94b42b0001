#pragma once
// A hand-driven client and a server to talk to, both inside one runtime.

#include <aside/aside.hpp>
#include <aside/http/server.hpp>

#include <gtest/gtest.h>

#include <sys/socket.h>

#include <string>
#include <string_view>

namespace aside_test {

/// `text` without the Date that has to follow the status line of every answer but 100.
inline std::string without_dates(std::string text) {
  constexpr std::string_view form = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
  for (std::size_t at = 0; (at = text.find("HTTP/1.1 ", at)) != std::string::npos;) {
    at += std::string_view("HTTP/1.1 ").size();
    if (at == text.size() || text[at] < '2' || text[at] > '5') continue;
    const auto end = text.find("\r\n", at);
    if (end == std::string::npos) break;
    EXPECT_EQ(text.substr(end + 2, 6), form.substr(0, 6)) << text;
    if (text.compare(end + 2, 6, form, 0, 6) == 0) text.erase(end + 2, form.size());
  }
  return text;
}

class http_peer {
 public:
  explicit http_peer(aside::tcp_stream stream) : stream_(std::move(stream)) {}

  static aside::task<http_peer> connect(std::uint16_t port) {
    const std::string where = "127.0.0.1:" + std::to_string(port);
    aside::tcp_stream stream = co_await aside::tcp_stream::connect(where);
    co_return http_peer(std::move(stream));
  }

  aside::task<> send(std::string_view text) { co_await stream_.write(text); }

  // What these three return is without the dates of answers.

  /// What one read returns.
  aside::task<std::string> some() {
    const aside::chunk got = co_await stream_.receive();
    co_return without_dates(std::string(got.text()));
  }

  /// Everything up to and with `marker`.
  aside::task<std::string> until(std::string_view marker) {
    for (;;) {
      const auto at = seen_.find(marker);
      if (at != std::string::npos) {
        std::string result = seen_.substr(0, at + marker.size());
        seen_.erase(0, result.size());
        co_return without_dates(std::move(result));
      }
      const aside::chunk got = co_await stream_.receive();
      if (!got) co_return "ended before " + std::string(marker) + ": " + seen_;
      seen_.append(got.text());
    }
  }

  /// Everything up to the end of the stream; a reset shows as "(reset)".
  aside::task<std::string> rest() {
    for (;;) {
      const auto got = co_await stream_.receive().as_result();
      if (!got) co_return without_dates(std::exchange(seen_, {})) + "(reset)";
      if (!*got) co_return without_dates(std::exchange(seen_, {}));
      seen_.append(got->text());
    }
  }

  /// Closes so that the other side sees a reset.
  void reset() {
    const linger now{1, 0};
    setsockopt(stream_.native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    stream_.close();
  }

  aside::tcp_stream& stream() { return stream_; }

 private:
  aside::tcp_stream stream_;
  std::string seen_;
};

template <class App, class... Args>
aside::task<> serve_until_stopped(aside::tcp_listener* listener, aside::http::limits const* rules,
                                  App app, Args... args) {
  co_await listener->serve(aside::http::serve_connection, rules, app, args...);
}

template <class App, class Client, class... Args>
aside::task<> serve_beside(App app, aside::http::limits const& rules, Client& client,
                           Args... args) {
  aside::tcp_listener listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
  co_await aside::scope([&](aside::nursery& n) -> aside::task<> {
    n.spawn_local(&serve_until_stopped<App, Args...>, &listener, &rules, app, args...);
    co_await client(listener.port());
    n.request_stop();
  });
}

/// Runs `client(port) -> task<>` beside a server of `app`, called with `args` too; returns what the runtime
/// returned.
template <class App, class Client, class... Args>
int with_server(App app, aside::http::limits const& rules, Client client, Args... args) {
  return aside::run(aside::options().handle_signals(false), [&]() -> aside::task<> {
    co_await serve_beside(app, rules, client, args...);
  });
}

}  // namespace aside_test
