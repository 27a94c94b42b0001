// expect: a task_local's value cannot be over-aligned

#include <aside/aside.hpp>

#include <memory>

struct alignas(64) row {
  int cells[16];
};

#ifdef ASIDE_FIXED
aside::task_local<std::shared_ptr<row>> current;
#else
aside::task_local<row> current;
#endif
