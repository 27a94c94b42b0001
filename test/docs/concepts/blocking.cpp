#include <aside/aside.hpp>

#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

using aside::task;
using namespace std::chrono_literals;

// [call]
std::string read_whole(std::string path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot open " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

task<> show(std::string path) {
  const std::string text = co_await aside::blocking(read_whole, path);
  std::printf("%s", text.c_str());
}
// [/call]

// [names]
std::vector<std::string> addresses_of(std::string host, std::string port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &wanted, &first); error != 0)
    throw std::runtime_error(host + ": " + ::gai_strerror(error));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(first, ::freeaddrinfo);
  std::vector<std::string> found;
  for (const addrinfo* a = first; a != nullptr; a = a->ai_next) {
    std::array<char, 64> address{};
    std::array<char, 8> number{};
    ::getnameinfo(a->ai_addr, a->ai_addrlen, address.data(), address.size(), number.data(), number.size(),
                  NI_NUMERICHOST | NI_NUMERICSERV);
    const bool v6 = a->ai_family == AF_INET6;
    found.push_back((v6 ? "[" : "") + std::string(address.data()) + (v6 ? "]:" : ":") + number.data());
  }
  return found;
}

task<aside::tcp_stream> connect(std::string host, std::string port) {
  const auto addresses = co_await aside::blocking(addresses_of, host, port);
  co_return co_await aside::tcp_stream::connect(addresses);
}
// [/names]

task<> named() {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
  const auto stream = co_await connect("127.0.0.1", std::to_string(listener.port()));
  std::puts(stream ? "connected by a name" : "never printed");
}

std::atomic<bool> released{false};
int hold() {
  released.wait(false);
  return 0;
}

task<> abandon() {
  // [abandon]
  const auto in_time = co_await aside::timeout(20ms, []() -> task<> {
    static_cast<void>(co_await aside::blocking(hold));  // returns only when it is released
  }());
  if (!in_time) std::puts("the task did not wait for it");
  released.store(true);
  released.notify_all();
  // [/abandon]
}

int look_up() { return 7; }

task<> limited() {
  // [race]
  const auto [address, late] = co_await aside::race(aside::blocking(look_up), aside::sleep_for(1h));
  std::puts(address ? "found in time" : "never printed");
  // [/race]
  static_cast<void>(late);
}

int slow_library(int n) {
  std::this_thread::sleep_for(50ms);
  return n;
}

task<> overload() {
  // [refused]
  std::string why;
  const std::vector<int> numbers{1, 2, 3, 4, 5, 6, 7, 8};
  co_await aside::all(numbers, [&](int n) -> task<> {
    try {
      static_cast<void>(co_await aside::blocking(slow_library, n));
    } catch (const std::system_error& e) {
      if (e.code() == aside::errc::overloaded) why = e.what();
    }
  });
  std::printf("%s\n", why.c_str());
  // [/refused]
}

task<> app() {
  co_await show("/proc/sys/kernel/ostype");
  co_await named();
  co_await abandon();
  co_await limited();
  co_await overload();
}

int main() {
  // [limits]
  const auto limits = aside::options().blocking_threads(1).blocking_queue(2);
  return aside::run(limits, app);
  // [/limits]
}
