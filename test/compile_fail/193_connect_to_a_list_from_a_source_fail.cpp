// expect: deleted function

#include <aside/aside.hpp>

aside::task<> call() {
#ifdef ASIDE_FIXED
  const auto peer = co_await aside::tcp_stream::connect("127.0.0.1:80", "127.0.0.2");
#else
  const auto peer = co_await aside::tcp_stream::connect({"127.0.0.1:80", "127.0.0.3:80"}, "127.0.0.2");
#endif
}
