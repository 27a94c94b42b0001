// A thread for each of 300 users, and each of them waits.
#include <thread>
#include <vector>

#include "request.hpp"

int main() {
  std::vector<std::thread> users;
  for (int user = 0; user < 300; ++user)
    users.emplace_back([] {
      connection server;
      for (int i = 0; i < 20; ++i)
        server.request();
    });
  for (auto& each : users)
    each.join();
}
