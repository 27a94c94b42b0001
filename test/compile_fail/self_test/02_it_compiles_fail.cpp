// expect: a misuse that nobody refuses
int main() {}
