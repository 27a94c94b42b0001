// expect: an argument cannot be copied into the call: move it, std::move(x)

#include <aside/aside.hpp>

#include <memory>

void store(std::unique_ptr<int> row);

aside::task<> work(std::unique_ptr<int> row) {
#ifdef ASIDE_FIXED
  co_await aside::blocking(store, std::move(row));
#else
  co_await aside::blocking(store, row);
#endif
}
