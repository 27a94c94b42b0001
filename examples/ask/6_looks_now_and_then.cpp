// Looks whether a file is there, four times, and sleeps in between.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

int main() {
  for (int i = 0; i < 4; ++i) {
    if (std::filesystem::exists("ready")) std::puts("there it is");
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
  }
}
