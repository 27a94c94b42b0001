// oneTBB, in the arena that `workers` threads share.

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_reduce.h>
#include <oneapi/tbb/task_arena.h>

#include <functional>

#include "../common/tasks.hpp"
#include "../common/when_not.hpp"

namespace {

using range = tbb::blocked_range<std::uint64_t>;
constexpr std::uint64_t piece = 1 << 20;

std::uint64_t count_words(const std::string& path, std::uint64_t bytes) {
  versus::input_file file(path);
  return tbb::parallel_reduce(
      range(0, bytes, piece), std::uint64_t{0},
      [&](const range& r, std::uint64_t words) {
        return words + file.count_words_in(r.begin(), r.end());
      },
      std::plus<>());
}

std::uint64_t hash_blocks(std::uint64_t blocks) {
  return tbb::parallel_reduce(
      range(0, blocks), std::uint64_t{0},
      [](const range& r, std::uint64_t hash) {
        for (std::uint64_t i = r.begin(); i < r.end(); ++i)
          hash ^= versus::hash_block(i);
        return hash;
      },
      std::bit_xor<>());
}

}  // namespace

int main(int argc, char** argv) {
  versus::arguments a(argc, argv);
  bool words = a.work() == "file_word_count";
  if (!words && a.work() != "hash_all_cores") versus::refuse(a);
  tbb::global_control limit(tbb::global_control::max_allowed_parallelism, a.workers());
  tbb::task_arena arena(static_cast<int>(a.workers()));
  versus::obey({.run =
                    [&](std::uint64_t k) {
                      return arena.execute([&] {
                        return versus::timed(k, [&](versus::outcome& o) {
                          if (words)
                            o.sum += count_words(a.text("file"), a.number("bytes"));
                          else
                            o.sum = hash_blocks(a.number("blocks"));
                        });
                      });
                    },
                .hold = {},
                .release = {}});
}
