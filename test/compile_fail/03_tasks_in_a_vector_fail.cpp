// expect: a task cannot be stored or moved: write co_await f(x) in one expression

#include <aside/aside.hpp>

#include <vector>

aside::task<int> answer(int question);

aside::task<int> ask() {
#ifdef ASIDE_FIXED
  std::vector<int> answers;
  answers.push_back(co_await answer(1));
#else
  std::vector<aside::task<int>> answers;
  answers.push_back(answer(1));
#endif
  co_return static_cast<int>(answers.size());
}
