#include <aside/io/memory_stream.hpp>

#include "io/byte_pipe.hpp"

#include <cerrno>

namespace aside::inline ASIDE_ABI {

namespace detail {
namespace {

/// Of an end that is not open: nobody's, as its operations have failed already.
template <readiness byte_pipe::* Way>
readiness& word_of(byte_pipe* p) noexcept {
  static constinit readiness nobody;
  return p != nullptr ? p->*Way : nobody;
}
template <class Op, readiness byte_pipe::* Way>
armed pipe_arm(leaf& l, host&, bool stop) noexcept {
  auto& op = static_cast<Op&>(l);
  return try_or_wait(op, word_of<Way>(op.pipe_), stop);
}
template <class Op, readiness byte_pipe::* Way>
bool pipe_cancel(leaf& l) noexcept {
  return word_of<Way>(static_cast<Op&>(l).pipe_).disarm(l);
}
template <class Op, readiness byte_pipe::* Way>
constexpr leaf_ops ops_of(const char* name) noexcept {
  return {&pipe_arm<Op, Way>, &pipe_cancel<Op, Way>, name};
}
constexpr leaf_ops receive_ops = ops_of<memory_receive_op, &byte_pipe::reader>("receive");
constexpr leaf_ops read_ops = ops_of<memory_read_op, &byte_pipe::reader>("read_some");
constexpr leaf_ops exact_ops = ops_of<memory_read_exact_op, &byte_pipe::reader>("read_exact");
constexpr leaf_ops write_ops = ops_of<memory_write_op, &byte_pipe::writer>("write");
constexpr leaf_ops parts_ops = ops_of<memory_write_parts_op, &byte_pipe::writer>("write");
constexpr leaf_ops some_ops = ops_of<memory_write_some_op, &byte_pipe::writer>("write_some");

armed shutdown_arm(leaf& l, host&, bool stop) noexcept {
  if (stop) return armed::stopped;
  static_cast<memory_shutdown_op&>(l).attempt();
  return armed::ready;
}
bool nothing_to_cancel(leaf&) noexcept { return false; }
constexpr leaf_ops shutdown_ops{&shutdown_arm, &nothing_to_cancel, "shutdown"};

}  // namespace

void byte_pipe_end::close() noexcept {
  if (pipe_ == nullptr) return;
  byte_pipe& p = *std::exchange(pipe_, nullptr);
  if (leaf* const l = (side_ == side::reader ? p.reader : p.writer).waiting(); l != nullptr)
    panic("a stream was closed while an operation waits on it; the operation waits here",
          l->at_->where_);
  if (side_ == side::reader)
    p.end_reading();
  else
    p.end_writing();
  p.let_go();
}

void byte_pipe_end::reset() noexcept {
  if (pipe_ != nullptr) pipe_->reset();
}

memory_receive_op::memory_receive_op(byte_pipe* p) noexcept : io_op(receive_ops), pipe_(p) {
  if (p == nullptr) error_ = EBADF;
}
bool memory_receive_op::attempt() noexcept {
  if (error_ != 0) return true;
  while (pipe_->reader.take())
    if (pipe_->lend(chunk_, error_) == byte_pipe::tried::over) return true;
  return false;
}

memory_read_op::memory_read_op(byte_pipe* p, std::span<std::byte> into) noexcept
    : io_op(read_ops), pipe_(p), into_(into) {
  if (p == nullptr) error_ = EBADF;
}
bool memory_read_op::attempt() noexcept {
  if (error_ != 0 || into_.empty()) return true;
  while (pipe_->reader.take())
    if (pipe_->read(into_, got_, error_) == byte_pipe::tried::over) return true;
  return false;
}

memory_read_exact_op::memory_read_exact_op(byte_pipe* p, std::span<std::byte> into) noexcept
    : transfer_op(exact_ops), pipe_(p), into_(into) {
  if (p == nullptr) fail_with(not_open);
}
bool memory_read_exact_op::attempt() noexcept {
  if (has_failed()) return true;
  while (transferred() < into_.size()) {
    if (!pipe_->reader.take()) return false;
    std::size_t got = 0;
    int error = 0;
    if (pipe_->read(into_.subspan(transferred()), got, error) != byte_pipe::tried::over) continue;
    add(got);
    if (error == 0 && got == 0) error = ended_early;
    if (error != 0) {
      fail_with(error);
      return true;
    }
    if (transferred() < into_.size() && !may_go_on(*this)) return false;
  }
  return true;
}

memory_write_op::memory_write_op(byte_pipe* p, std::span<const std::byte> from) noexcept
    : transfer_op(write_ops), pipe_(p), from_(from) {
  if (p == nullptr) fail_with(not_open);
}
bool memory_write_op::attempt() noexcept {
  if (has_failed()) return true;
  while (transferred() < from_.size()) {
    if (!pipe_->writer.take()) return false;
    std::size_t put = 0;
    int error = 0;
    if (pipe_->write(from_.subspan(transferred()), put, error) != byte_pipe::tried::over) continue;
    add(put);
    if (error != 0) {
      fail_with(error);
      return true;
    }
    if (transferred() < from_.size() && !may_go_on(*this)) return false;
  }
  return true;
}

memory_write_parts_op::memory_write_parts_op(byte_pipe* p, std::span<const part> parts) noexcept
    : transfer_op(parts_ops), pipe_(p), left_(parts) {
  if (p == nullptr) fail_with(not_open);
}
bool memory_write_parts_op::attempt() noexcept {
  if (has_failed()) return true;
  for (;;) {
    while (!left_.empty() && of_first_ == left_.front().size()) {
      left_ = left_.subspan(1);
      of_first_ = 0;
    }
    if (left_.empty()) return true;
    if (!pipe_->writer.take()) return false;
    std::size_t put = 0;
    int error = 0;
    if (pipe_->write(left_.front().subspan(of_first_), put, error) != byte_pipe::tried::over)
      continue;
    add(put);
    of_first_ += put;
    if (error != 0) {
      fail_with(error);
      return true;
    }
    if (!may_go_on(*this)) return false;
  }
}

memory_write_some_op::memory_write_some_op(byte_pipe* p, std::span<const std::byte> from) noexcept
    : io_op(some_ops), pipe_(p), from_(from) {
  if (p == nullptr) error_ = EBADF;
}
bool memory_write_some_op::attempt() noexcept {
  if (error_ != 0 || from_.empty()) return true;
  while (pipe_->writer.take())
    if (pipe_->write(from_, put_, error_) == byte_pipe::tried::over) return true;
  return false;
}

memory_shutdown_op::memory_shutdown_op(byte_pipe* p) noexcept : io_op(shutdown_ops), pipe_(p) {}
bool memory_shutdown_op::attempt() noexcept {
  if (pipe_ == nullptr)
    error_ = EBADF;
  else
    pipe_->end_writing();
  return true;
}

}  // namespace detail

memory_pipe_ends memory_pipe(std::size_t capacity) {
  auto& p = *new detail::byte_pipe(capacity == 0 ? 1 : capacity);
  return {memory_reader(p), memory_writer(p)};
}

memory_stream_ends memory_streams(std::size_t capacity) {
  memory_pipe_ends there = memory_pipe(capacity);
  memory_pipe_ends back = memory_pipe(capacity);
  return {memory_stream(std::move(back.reader), std::move(there.writer)),
          memory_stream(std::move(there.reader), std::move(back.writer))};
}

}  // namespace aside::inline ASIDE_ABI
