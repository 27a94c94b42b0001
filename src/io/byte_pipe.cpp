#include "io/byte_pipe.hpp"

#include "base/spin.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace aside::inline ASIDE_ABI::detail {

byte_pipe::~byte_pipe() { drop_all(); }

void byte_pipe::tell(readiness& word, bool for_good) noexcept {
  if (leaf* const l = word.mark(for_good); l != nullptr) notify(*l);
}

byte_pipe::node* byte_pipe::add_node() noexcept {
  std::byte* const memory = lend_buffer();
  if (memory == nullptr) return nullptr;
  node* const n = ::new (memory + node_room) node;
  (last_ == nullptr ? first_ : last_->next) = n;
  last_ = n;
  return n;
}

void byte_pipe::drop_front() noexcept {
  node* const n = first_;
  first_ = n->next;
  if (first_ == nullptr) last_ = nullptr;
  return_buffer(memory_of(*n));
}

void byte_pipe::drop_all() noexcept {
  while (first_ != nullptr)
    drop_front();
  bytes_ = 0;
}

bool byte_pipe::frees_writer() noexcept {
  return bytes_ <= capacity_ / 2 && std::exchange(writer_waits_, false);
}

byte_pipe::tried byte_pipe::nothing_to_read(int& error) const noexcept {
  if (is_reset_) error = ECONNRESET;
  return is_reset_ || no_more_ ? tried::over : tried::blocked;
}

byte_pipe::tried byte_pipe::read(std::span<std::byte> into, std::size_t& got, int& error) noexcept {
  auto lock = lock_spinning(mutex_);
  got = 0;
  if (bytes_ == 0) return nothing_to_read(error);
  while (got < into.size() && first_ != nullptr) {
    node& n = *first_;
    const std::size_t size = std::min<std::size_t>(into.size() - got, n.end - n.begin);
    std::memcpy(into.data() + got, memory_of(n) + n.begin, size);
    got += size;
    n.begin += static_cast<std::uint32_t>(size);
    if (n.begin == n.end) drop_front();
  }
  bytes_ -= got;
  const bool frees = frees_writer();
  if (bytes_ != 0) reader.restore();
  lock.unlock();
  if (frees) tell(writer, false);
  return tried::over;
}

byte_pipe::tried byte_pipe::lend(chunk& into, int& error) noexcept {
  auto lock = lock_spinning(mutex_);
  if (bytes_ == 0) return nothing_to_read(error);
  node& n = *first_;
  std::byte* const memory = memory_of(n);
  const std::size_t size = n.end - n.begin;
  if (n.begin != 0) std::memmove(memory, memory + n.begin, size);
  first_ = n.next;
  if (first_ == nullptr) last_ = nullptr;
  bytes_ -= size;
  const bool frees = frees_writer();
  if (bytes_ != 0) reader.restore();
  lock.unlock();
  into = chunk(memory, size);
  if (frees) tell(writer, false);
  return tried::over;
}

byte_pipe::tried byte_pipe::write(std::span<const std::byte> from, std::size_t& put, int& error) noexcept {
  auto lock = lock_spinning(mutex_);
  put = 0;
  if (is_reset_ || reader_gone_ || no_more_) {
    error = is_reset_ ? ECONNRESET : EPIPE;
    return tried::over;
  }
  const bool was_empty = bytes_ == 0;
  const std::size_t size = std::min(from.size(), capacity_ - bytes_);
  while (put < size) {
    node* n = last_;
    if (n == nullptr || n->end == node_room) n = add_node();
    if (n == nullptr) {
      if (put == 0) error = ENOMEM;
      break;
    }
    const std::size_t part = std::min<std::size_t>(size - put, node_room - n->end);
    std::memcpy(memory_of(*n) + n->end, from.data() + put, part);
    n->end += static_cast<std::uint32_t>(part);
    put += part;
  }
  bytes_ += put;
  if (bytes_ < capacity_)
    writer.restore();
  else
    writer_waits_ = true;
  lock.unlock();
  if (was_empty && put != 0) tell(reader, false);
  return put != 0 || error != 0 ? tried::over : tried::blocked;
}

void byte_pipe::end_writing() noexcept {
  {
    const auto lock = lock_spinning(mutex_);
    no_more_ = true;
  }
  tell(reader, true);
}

void byte_pipe::end_reading() noexcept {
  {
    const auto lock = lock_spinning(mutex_);
    reader_gone_ = true;
    drop_all();
  }
  tell(writer, true);
}

void byte_pipe::reset() noexcept {
  {
    const auto lock = lock_spinning(mutex_);
    is_reset_ = true;
    drop_all();
  }
  tell(reader, true);
  tell(writer, true);
}

void byte_pipe::let_go() noexcept {
  // acq_rel: pairs with itself; what the first end did to the pipe is over when the last one frees it.
  if (ends_.fetch_sub(1, memory_order_acq_rel) == 1) delete this;
}

}  // namespace aside::inline ASIDE_ABI::detail
