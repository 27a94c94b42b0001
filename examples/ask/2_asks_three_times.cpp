// Three questions, one after another, and then it is done.
#include "request.hpp"

int main() {
  connection server;
  for (int i = 0; i < 3; ++i)
    server.request();
}
