// expect: an argument of spawn may not move to another core

#include <aside/aside.hpp>
#include <aside/thread_bound.hpp>

aside::task<> draw(aside::thread_bound<int> window);
aside::task<> draw_any(int window);

void start() {
#ifdef ASIDE_FIXED
  aside::spawn(draw_any, 1);
#else
  aside::spawn(draw, aside::thread_bound<int>(1));
#endif
}
