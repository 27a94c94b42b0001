// expect: an argument would be converted to a temporary that is gone before the task reads it

#include <aside/aside.hpp>

#include <string>

aside::task<> serve(const std::string& address);

int main() {
#ifdef ASIDE_FIXED
  return aside::run(serve, std::string("127.0.0.1:7000"));
#else
  return aside::run(serve, "127.0.0.1:7000");
#endif
}
