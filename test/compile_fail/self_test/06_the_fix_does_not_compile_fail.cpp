// expect: our own text
static_assert(false, "our own text");
