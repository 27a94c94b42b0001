// expect: aside: an argument in braces has no type of its own: write spawn(f, order(

#include <aside/aside.hpp>

#include <vector>

aside::task<> save(int number, std::vector<int> values);

#ifdef ASIDE_FIXED
void start(aside::nursery& n) { n.spawn(save, 3, std::vector<int>{1, 2}); }
#else
void start(aside::nursery& n) { n.spawn(save, 3, {1, 2}); }
#endif
