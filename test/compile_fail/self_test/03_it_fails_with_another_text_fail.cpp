// expect: our own text
#ifndef ASIDE_FIXED
int number = no_such_name;
#endif
