// http port=P workers=N: GET /plaintext.

#include "serving.hpp"

#include <aside/http/server.hpp>

#include <chrono>

using aside::task;

namespace {

/// Formatted once a second, for each thread.
std::string_view date() {
  using namespace std::chrono;
  thread_local sys_seconds then;
  thread_local std::string text;
  const auto now = floor<seconds>(system_clock::now());
  if (now != then) {
    then = now;
    aside::http::response dated;
    text = dated.add_date(now).headers().find("Date").value();
  }
  return text;
}

task<> app(aside::http::request const& asked, aside::http::exchange& ex) {
  using aside::http::response;
  if (asked.path() == "/plaintext")
    ex.respond(response(200, "text/plain", "Hello, World!").add_header("Date", date()));
  else
    ex.respond(response(404, "text/plain", "not here\n").add_header("Date", date()));
  co_return;
}

task<> serve(const std::string& address) {
  auto listener = co_await aside::tcp_listener::bind(address);
  versus::say_listening(listener.port());
  co_await listener.serve(aside::http::serve_connection, app);
}

}  // namespace

int main(int count, char** words) { return versus::run_server(count, words, &serve); }
