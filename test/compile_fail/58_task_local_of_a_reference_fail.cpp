// expect: a task_local binds a value: for a reference, a pointer

#include <aside/aside.hpp>

#ifdef ASIDE_FIXED
aside::task_local<int*> current;
#else
aside::task_local<int&> current;
#endif
