#include "swarm/control.hpp"

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
      if (line == "go") orders->goes_.fetch_add(1);
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
