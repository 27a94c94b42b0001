#include "driver/engine.hpp"

#include "base/descriptor_table.hpp"
#include "task/host.hpp"

#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace aside::inline ASIDE_ABI::detail {

namespace {
constexpr unsigned pointer_bits = 48;

/// May the calling thread use the descriptors of this group by their numbers?
bool reaches(const porter* group) noexcept {
  const porter* const mine = this_group();
  return mine == nullptr || mine == group;
}

void write_one(int fd) noexcept {
  const std::uint64_t one = 1;
  // EAGAIN: the counter is full, so a wake-up is pending anyway.
  if (::write(fd, &one, sizeof one) >= 0 || errno != EBADF) return;
  panic("a core cannot be woken: its descriptor was closed, or is not in this thread's table (of a "
        "thread that was started by a task whose core has a table of its own)");
}
}

std::uint64_t engine::key_of(const interest& i) noexcept {
  return reinterpret_cast<std::uint64_t>(&i) | static_cast<std::uint64_t>(i.generation)
                                                   << pointer_bits;
}

interest* engine::from_key(std::uint64_t key) noexcept {
  auto* const i = reinterpret_cast<interest*>(key & ((std::uint64_t{1} << pointer_bits) - 1));
  return i->generation == key >> pointer_bits ? i : nullptr;
}

interest* engine::attach(int fd, bool writable, int& error) noexcept {
  take_retired();
  interest* const i = interests_.allocate();
  if (i == nullptr) {
    error = ENOMEM;
    return nullptr;
  }
  i->reader.reset(false);
  i->writer.reset(writable);
  i->bound = group_ != nullptr;
  i->fd = fd;
  error = add(*i, fd);
  if (error == 0) return i;
  free(*i);
  return nullptr;
}

void engine::free(interest& i) noexcept {
  ++i.generation;
  interests_.free(i);
}

void engine::close(interest& i, int fd) noexcept {
  remove(i, fd);
  ::close(fd);
  free(i);
}

void engine::retire(interest& i, int fd) noexcept {
  const bool close_now = closes_anywhere() && !i.bound;
  if (close_now) {
    remove(i, fd);
    ::close(fd);
  } else if (!may_be_shared() && !i.bound) {
    ::shutdown(fd, SHUT_RDWR);  // the peer learns of it now, the owner closes
  }
  i.writer.retire(close_now ? 0 : (static_cast<std::uintptr_t>(fd) + 1) << 3);
  interest* head = retired_.load(memory_order_relaxed);
  do {
    i.reader.retire(reinterpret_cast<std::uintptr_t>(head));
    // release: pairs with acquire in take_retired; publishes the link and the descriptor.
  } while (!retired_.compare_exchange_weak(head, &i, memory_order_release, memory_order_relaxed));
  if (!close_now) wake();
}

void engine::take_retired() noexcept {
  if (retired_.load(memory_order_relaxed) == nullptr) return;
  interest* i = retired_.exchange(nullptr, memory_order_acquire);
  while (i != nullptr) {
    interest* const next = i->slab_next();
    if (const std::uintptr_t fd = i->writer.payload() >> 3; fd != 0)
      close(*i, static_cast<int>(fd - 1));
    else
      free(*i);
    i = next;
  }
}

void engine::close_retired() noexcept {
  if (own_table_) return;  // its thread has ended, and the table with it
  interest* i = retired_.exchange(nullptr, memory_order_acquire);
  while (i != nullptr) {
    interest* const next = i->slab_next();
    if (const std::uintptr_t fd = i->writer.payload() >> 3; fd != 0)
      ::close(static_cast<int>(fd - 1));
    i = next;
  }
}

void engine::expect_home(const interest& i, const std::source_location& at) noexcept {
  const host* const here = this_host();
  if (here != nullptr && here->io == &of(i)) return;
  panic("a stream is used on another core than its own, in whose table of descriptors it is "
        "(options::descriptors_per_core): use it in the tasks of one core",
        at);
}

void engine::ring(int fd) const noexcept {
  if (reaches(group_)) [[likely]]
    write_one(fd);
  else
    in_process_table([fd]() noexcept { write_one(fd); });
}

void engine::cancel(kernel_op& op) noexcept {
  // acq_rel: pairs with the exchange in complete. An operation that was asked before is in the list
  // already, and its owner will see to it.
  std::uint8_t state = 0;
  if (!op.cancel_.compare_exchange_strong(state, kernel_op::asked, memory_order_acq_rel)) return;
  kernel_op* head = cancels_.load(memory_order_relaxed);
  do {
    op.next_cancel = head;
    // release: pairs with acquire in take_in; publishes the link.
  } while (!cancels_.compare_exchange_weak(head, &op, memory_order_release, memory_order_relaxed));
  wake();
}

void engine::complete(kernel_op& op, std::int32_t result) noexcept {
  --in_flight_;
  op.result = result;
  // An operation that was asked is still in `cancels_`, so it may only go once that has been read.
  if (op.cancel_.exchange(kernel_op::done, memory_order_acq_rel) == 0) op.completed(op);
}

bool engine::take_in() noexcept {
  take_retired();
  if (cancels_.load(memory_order_relaxed) == nullptr) return false;
  bool completed = false;
  kernel_op* op = cancels_.exchange(nullptr, memory_order_acquire);
  while (op != nullptr) {
    kernel_op* const next = op->next_cancel;
    std::uint8_t state = kernel_op::asked;
    if (op->cancel_.compare_exchange_strong(state, 0, memory_order_acq_rel)) {
      submit_cancel(*op);
    } else {
      op->completed(*op);
      completed = true;
    }
    op = next;
  }
  return completed;
}

void engine::cannot_wait(const char* call, int error) noexcept {
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(),
                "%s fails, so no event can be waited for: %s (was a descriptor of the runtime closed, "
                "or the call forbidden after the start?)",
                call, std::strerror(error));
  panic(text.data());
}

void engine::edge(interest& i, bool readable, bool writable, bool hung_up, bool urgent) noexcept {
  // A read stops in front of an urgent byte, so a short one has not emptied the socket then.
  const bool until_empty = hung_up || urgent;
  leaf* const reader = readable || until_empty ? i.reader.mark(until_empty) : nullptr;
  leaf* const writer = writable || hung_up ? i.writer.mark(false) : nullptr;
  if (reader != nullptr) notify(*reader);
  if (writer != nullptr) notify(*writer);
}

}  // namespace aside::inline ASIDE_ABI::detail
