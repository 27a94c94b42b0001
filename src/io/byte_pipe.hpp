#pragma once
// byte_pipe: bytes in memory between one reader and one writer, on any two cores.
//
// Words: `reader` and `writer` are what a waiting operation is published in, as in a descriptor's
// interest, and with the same meaning: `ready` is a hint that an attempt is worth it. The truth is
// under the mutex, which is held to copy at most `capacity_` bytes and never while notifying.
//
// Invariants
//   P1  `bytes_` is what lies in the buffers; at most `capacity_`.
//   P2  A reader that found nothing left its word unmarked under the mutex, and whoever adds to an
//       empty pipe, or ends it, marks that word afterwards. So is a writer that found no room
//       (`writer_waits_`), and whoever takes half of the bytes, or all, marks its word.
//   P3  The two ends hold the pipe; the last to let go frees it. An end lets go after its last mark.
// The race that matters: the writer adds while the reader finds nothing. Either the reader saw the
// bytes under the mutex, or the writer's mark comes after the reader has cleared the word: then
// `readiness::arm` fails, and the reader tries again.

#include "base/atomic.hpp"
#include "driver/interest.hpp"

#include <aside/net/chunk.hpp>

#include <mutex>

namespace aside::inline ASIDE_ABI::detail {

class byte_pipe {
 public:
  /// `blocked`: the operation has to wait. `over`: it has ended, with a count or an error.
  enum class tried : std::uint8_t { blocked, over };

  explicit byte_pipe(std::size_t capacity) noexcept : capacity_(capacity) { writer.reset(true); }
  byte_pipe(const byte_pipe&) = delete;
  byte_pipe& operator=(const byte_pipe&) = delete;
  ~byte_pipe();

  // Reader. A count of 0, or no chunk, without an error is the end.
  tried read(std::span<std::byte> into, std::size_t& got, int& error) noexcept;
  tried lend(chunk& into, int& error) noexcept;
  void end_reading() noexcept;

  // Writer
  tried write(std::span<const std::byte> from, std::size_t& put, int& error) noexcept;
  void end_writing() noexcept;

  void reset() noexcept;
  void let_go() noexcept;

  readiness reader;
  readiness writer;

 private:
  /// At the end of each buffer, so that its beginning can be lent.
  struct node {
    node* next = nullptr;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  static constexpr std::uint32_t node_room = chunk::capacity - sizeof(node);
  [[nodiscard]] static std::byte* memory_of(node& n) noexcept {
    return reinterpret_cast<std::byte*>(&n) - node_room;
  }
  [[nodiscard]] node* add_node() noexcept;
  void drop_front() noexcept;
  void drop_all() noexcept;
  /// Under the mutex, after bytes have been taken: may the writer go on?
  [[nodiscard]] bool frees_writer() noexcept;
  /// An error or the end, for a reader that finds nothing.
  [[nodiscard]] tried nothing_to_read(int& error) const noexcept;
  static void tell(readiness& word, bool for_good) noexcept;

  std::mutex mutex_;
  node* first_ = nullptr;
  node* last_ = nullptr;
  std::size_t bytes_ = 0;
  const std::size_t capacity_;
  bool writer_waits_ = false;
  bool no_more_ = false;      // the writer has ended
  bool reader_gone_ = false;  // the reader has
  bool is_reset_ = false;
  atomic<std::uint8_t> ends_{2};
};

}  // namespace aside::inline ASIDE_ABI::detail
