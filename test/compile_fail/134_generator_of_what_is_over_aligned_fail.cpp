// expect: an async_generator's value cannot be over-aligned

#include <aside/aside.hpp>

#include <memory>

struct alignas(64) row {
  int cells[16];
};

#ifdef ASIDE_FIXED
aside::async_generator<std::unique_ptr<row>> rows() { co_yield std::make_unique<row>(); }
#else
aside::async_generator<row> rows() { co_yield row(); }
#endif
