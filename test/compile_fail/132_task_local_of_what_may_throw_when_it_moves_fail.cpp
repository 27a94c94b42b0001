// expect: a task_local's value must move without exceptions

#include <aside/aside.hpp>

#include <memory>

struct session {
  session();
  session(session&& other) noexcept(false);
};

#ifdef ASIDE_FIXED
aside::task_local<std::shared_ptr<session>> current;
#else
aside::task_local<session> current;
#endif
