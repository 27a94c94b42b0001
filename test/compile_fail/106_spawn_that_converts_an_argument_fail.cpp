// expect: an argument would be converted to a temporary that is gone before the task reads it

#include <aside/aside.hpp>

aside::task<> count(const double& limit);

void start() {
#ifdef ASIDE_FIXED
  aside::spawn(count, 100.0);
#else
  aside::spawn(count, 100);
#endif
}
