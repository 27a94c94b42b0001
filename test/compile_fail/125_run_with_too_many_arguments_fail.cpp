// expect: run cannot call the function with these arguments

#include <aside/aside.hpp>

aside::task<> serve(int port);

int main() {
#ifdef ASIDE_FIXED
  return aside::run(serve, 7000);
#else
  return aside::run(serve, 7000, 16);
#endif
}
