// expect: a timeout, all, race, shield or the like cannot be stored or moved: write co_await timeout

#include <aside/all.hpp>

#include <utility>
#include <vector>

aside::task<int> answer(const int& seed);

aside::task<> work(std::vector<int> seeds) {
#ifdef ASIDE_FIXED
  auto answers = co_await aside::all(seeds, answer);
#else
  auto stored = aside::all(seeds, answer);
  auto answers = co_await std::move(stored);
#endif
  if (answers.empty()) co_return;
}
