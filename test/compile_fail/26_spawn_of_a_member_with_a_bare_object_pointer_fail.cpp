// expect: an argument of spawn is a view, pointer or reference that can outlive its target

#include <aside/aside.hpp>

#include <memory>

struct session {
  aside::task<> serve();
};

void start() {
  session here;
  (void)here;
#ifdef ASIDE_FIXED
  aside::spawn(&session::serve, std::make_shared<session>());
#else
  aside::spawn(&session::serve, &here);
#endif
}
