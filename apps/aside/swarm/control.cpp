#include "swarm/control.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <iostream>
#include <string>
#include <thread>
#include <utility>

namespace aside_app {

std::shared_ptr<control> control::of_stdin(std::shared_ptr<aside::event> wake) {
  auto orders = std::make_shared<control>();
  std::thread{[orders, wake = std::move(wake)] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    std::string line;
    while (std::getline(std::cin, line) && line != "close") {
      if (line.starts_with("go")) {
        std::int64_t at = 0;
        std::from_chars(line.data() + std::min<std::size_t>(3, line.size()),
                        line.data() + line.size(), at);
        orders->go_at_.store(at);
        orders->goes_.fetch_add(1);
      }
      wake->set();
    }
    orders->close_.store(true);
    wake->set();
  }}.detach();
  return orders;
}

bool control::take_go() noexcept {
  auto goes = goes_.load();
  return goes > 0 && goes_.compare_exchange_strong(goes, goes - 1);
}

}  // namespace aside_app
