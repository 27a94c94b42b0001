// A hundred questions that do not need each other's answers, but wait for them.
#include "request.hpp"

int main() {
  connection server;
  for (int i = 0; i < 100; ++i)
    server.request();
}
