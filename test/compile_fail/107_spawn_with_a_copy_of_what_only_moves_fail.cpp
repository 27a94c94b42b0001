// expect: an argument cannot be copied into the task: move it, std::move(x)

#include <aside/aside.hpp>

#include <memory>

aside::task<> consume(std::unique_ptr<int> owned);

void start(std::unique_ptr<int> owned) {
#ifdef ASIDE_FIXED
  aside::spawn(consume, std::move(owned));
#else
  aside::spawn(consume, owned);
#endif
}
