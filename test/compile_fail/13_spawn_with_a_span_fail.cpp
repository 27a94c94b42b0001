// expect: an argument of spawn is a view, pointer or reference that can outlive its target

#include <aside/aside.hpp>

#include <span>
#include <vector>

aside::task<> send(std::vector<char> bytes);
aside::task<> send_view(std::span<const char> bytes);

void start() {
  std::vector<char> bytes(100);
#ifdef ASIDE_FIXED
  aside::spawn(send, bytes);
#else
  aside::spawn(send_view, std::span<const char>(bytes));
#endif
}
