// expect: aside: attempt, publish and withdraw of an operation are noexcept

#include <aside/aside.hpp>
#include <aside/operation.hpp>

#ifdef ASIDE_FIXED
#define MAY_THROW noexcept
#else
#define MAY_THROW
#endif

class ASIDE_AWAIT_IT door_opens : public aside::operation<door_opens> {
 public:
  static constexpr const char* name = "wait for the door";
  bool attempt() MAY_THROW;
  bool publish(aside::waiter me) noexcept;
  bool withdraw() noexcept;
  void await_resume() const {}
};

aside::task<> work() { co_await door_opens(); }
