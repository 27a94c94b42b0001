// expect: aside: an operation has a name, attempt, publish and withdraw: write static constexpr const char* name

#include <aside/aside.hpp>
#include <aside/operation.hpp>

class ASIDE_AWAIT_IT door_opens : public aside::operation<door_opens> {
 public:
#ifdef ASIDE_FIXED
  static constexpr const char* name = "wait for the door";
#endif
  bool attempt() noexcept;
  bool publish(aside::waiter me) noexcept;
  bool withdraw() noexcept;
  void await_resume() const {}
};

aside::task<> work() { co_await door_opens(); }
