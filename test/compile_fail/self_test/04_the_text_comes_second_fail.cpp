// expect: our own text
// errors: 2
#ifndef ASIDE_FIXED
int number = no_such_name;
static_assert(false, "our own text");
#endif
