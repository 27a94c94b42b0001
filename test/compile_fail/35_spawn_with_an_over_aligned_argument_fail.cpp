// expect: spawn cannot keep an over-aligned argument

#include <aside/aside.hpp>

#include <memory>

struct alignas(64) row {
  int cells[16];
};
aside::task<> save(row r);
aside::task<> save_boxed(std::unique_ptr<row> r);

void start() {
#ifdef ASIDE_FIXED
  aside::spawn(save_boxed, std::make_unique<row>());
#else
  aside::spawn(save, row());
#endif
}
