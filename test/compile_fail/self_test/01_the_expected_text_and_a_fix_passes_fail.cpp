// expect: this case is sound
#ifndef ASIDE_FIXED
static_assert(false, "this case is sound");
#endif
