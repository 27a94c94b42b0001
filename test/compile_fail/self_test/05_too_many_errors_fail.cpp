// expect: our own text
#ifndef ASIDE_FIXED
static_assert(false, "our own text");
int number = no_such_name;
#endif
