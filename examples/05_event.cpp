// One task waits until another (or a foreign thread) tells it that there is something to do.

#include <aside/aside.hpp>

#include <atomic>
#include <cstdio>
#include <functional>

using aside::task;

struct mailbox {
  std::atomic<int> letters{0};
  aside::event arrived;
};
template <>
inline constexpr bool aside::shareable<mailbox> = true;  // an atomic and an event

task<> reader(mailbox& box) {
  int read = 0;
  while (read < 3) {
    co_await box.arrived.wait();
    const int got = box.letters.exchange(0);  // several sets count as one: take all there is
    read += got;
  }
  std::printf("%d letters read\n", read);
}

task<> app() {
  mailbox box;
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    n.spawn(reader, std::ref(box));
    for (int i = 0; i < 3; ++i) {
      box.letters.fetch_add(1);
      box.arrived.set();
      co_await aside::yield();
    }
  });
}

int main() { return aside::run(app); }
