// Counts primes below three million.
#include <cstdio>

static bool is_prime(int number) {
  for (int i = 2; i * i <= number; ++i)
    if (number % i == 0) return false;
  return number > 1;
}

int main() {
  int primes = 0;
  for (int number = 0; number < 3'000'000; ++number)
    primes += is_prime(number);
  std::printf("%d primes\n", primes);
}
