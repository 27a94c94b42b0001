#pragma once
// A server under the driver: port and workers from the command line, leaves when stdin ends.

#include "protocol.hpp"

#include <aside/aside.hpp>

#include <charconv>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace versus {

inline void say_listening(unsigned port) {
  std::printf("listening %u\n", port);
  std::fflush(stdout);
}

inline unsigned to_unsigned(std::string_view text) {
  unsigned n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

inline int run_server(int count, char** words, aside::task<> (*serve)(const std::string&)) {
  std::string address = "127.0.0.1:0";
  aside::options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word.starts_with("port=")) address = "127.0.0.1:" + std::string(word.substr(5));
    if (word.starts_with("workers=")) options.workers(to_unsigned(word.substr(8)));
  }
  std::thread([] {
    static_cast<void>(next_command());  // `quit`, or the end of stdin
    ::_exit(0);
  }).detach();
  const int code = aside::run(options, serve, std::cref(address));
  return code > 128 ? 0 : code;  // SIGTERM is how the driver ends us
}

}  // namespace versus
