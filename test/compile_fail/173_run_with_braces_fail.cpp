// expect: aside: an argument in braces has no type of its own: write spawn(f, order(

#include <aside/aside.hpp>

#include <vector>

aside::task<int> sum(std::vector<int> values);

#ifdef ASIDE_FIXED
int main() { return aside::run(sum, std::vector<int>{1, 2}); }
#else
int main() { return aside::run(sum, {1, 2}); }
#endif
