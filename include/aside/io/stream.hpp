#pragma once
// What a stream of bytes can do, whatever carries it.

#include <aside/detail/branch_op.hpp>
#include <aside/net/chunk.hpp>

#include <span>

namespace aside::inline ASIDE_ABI {

namespace detail {

/// An operation, not a task: what waits in it needs no frame of its own.
template <class Op, class T>
concept operation_giving = leaf_operation<Op> && requires(Op op) {
  { op.await_resume() } -> std::same_as<T>;
  op.result();
  op.attempt();
};

}  // namespace detail

/// Bytes can be read from it, in order, each once.
///
///   receive()         waits for bytes and lends them; holds no buffer while it waits. False at the end.
///   read_some(into)   waits for at least one byte; 0 at the end, or when `into` is empty.
///
/// The end is given again and again. One of them at a time, from any task: a second that waits beside
/// it aborts, naming the place. Stopping either loses no byte: the next one gets them.
template <class S>
concept readable_stream = requires(S& s, std::span<std::byte> into) {
  { s.receive() } -> detail::operation_giving<chunk>;
  { s.read_some(into) } -> detail::operation_giving<std::size_t>;
};

/// Bytes can be written to it.
///
///   write(from)        waits until all of `from` has been taken. Stopping: a prefix may have been.
///   write_some(from)   waits until at least one byte has been taken. Stopping: none has been.
///   shutdown()         nothing more will be written: the reader sees the end behind what was written.
///                      What it reads from us is not concerned.
///
/// Taken bytes need not have arrived: an error may come later, or never. When the other side reads
/// slowly, writing waits; memory does not grow. One of them at a time, beside a read.
template <class S>
concept writable_stream = requires(S& s, std::span<const std::byte> from) {
  { s.write(from) } -> detail::operation_giving<void>;
  { s.write_some(from) } -> detail::operation_giving<std::size_t>;
  { s.shutdown() } -> detail::operation_giving<void>;
};

/// Both ways at once; each may be used by a task of its own.
template <class S>
concept stream = readable_stream<S> && writable_stream<S>;

}  // namespace aside::inline ASIDE_ABI
