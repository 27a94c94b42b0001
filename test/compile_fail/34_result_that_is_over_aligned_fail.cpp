// expect: a task's result cannot be over-aligned

#include <aside/aside.hpp>

#include <memory>

struct alignas(64) row {
  int cells[16];
};

#ifdef ASIDE_FIXED
aside::task<std::unique_ptr<row>> read() { co_return std::make_unique<row>(); }
#else
aside::task<row> read() { co_return row(); }
#endif
