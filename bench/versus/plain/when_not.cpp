// One thread, no library: what a program is when it does not wait for several things at once.

#include "../common/when_not.hpp"

#include "../common/tasks.hpp"

int main(int argc, char** argv) {
  versus::arguments a(argc, argv);
  if (a.work() == "file_word_count") {
    if (a.workers() != 1) versus::refuse(a, "plain code has one thread");
    versus::obey(
        {.run =
             [&](std::uint64_t k) {
               return versus::timed(k, [&](versus::outcome& o) {
                 o.sum += versus::input_file(a.text("file")).count_words_in(0, a.number("bytes"));
               });
             },
         .hold = {},
         .release = {}});
  }
  if (a.work() == "hash_all_cores") {
    if (a.workers() != 1) versus::refuse(a, "plain code has one thread");
    versus::obey({.run =
                      [&](std::uint64_t k) {
                        return versus::timed(k, [&](versus::outcome& o) {
                          o.sum = 0;
                          for (std::uint64_t i = 0; i < a.number("blocks"); ++i)
                            o.sum ^= versus::hash_block(i);
                        });
                      },
                  .hold = {},
                  .release = {}});
  }
  versus::refuse(a);
}
